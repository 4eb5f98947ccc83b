package dev.cofferdam.shim.cli;

import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.debug.CriPages;
import dev.cofferdam.shim.debug.PodReport;
import dev.cofferdam.shim.debug.Report;
import dev.cofferdam.shim.debug.TarGz;
import dev.cofferdam.shim.main.ShimVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Collects everything about one pod that a bug report needs; works without the shim too. */
@Command(
    name = "debug",
    description = {
      "Collect what a bug report about a pod needs: records, settings, runsc's logs, cgroup,",
      "processes, mounts, network, versions, last calls. Values of environment variables and what",
      "is named like a secret are left out, and so is what the containers logged; look it through",
      "before you send it."
    },
    mixinStandardHelpOptions = true)
final class DebugCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  @Parameters(
      paramLabel = "POD",
      description = "a sandbox's ID or its beginning, a pod's name, or namespace/name")
  private String pod = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "a .tar.gz that is made; - prints the pages (default)")
  private String output = "-";

  @Option(names = "--config", paramLabel = "FILE", description = "the shim's settings")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "a setting, over what the file says; may be repeated")
  private Map<String, String> set = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    Settings settings = Settings.read(Optional.ofNullable(config), set);
    Report report = new Report();
    List<String> ids = collect(settings, report);
    if (ids.isEmpty()) {
      throw new SandboxException(
          ErrorCode.NOT_FOUND,
          "no pod of ours is or begins with \"%s\" in %s; cofferdam pods lists them"
              .formatted(pod, settings.path(Setting.STATE_FOLDER)));
    }
    write(report, ids);
    return 0;
  }

  private List<String> collect(Settings settings, Report report) throws IOException {
    CriPages.about(report, ShimVersion.current(), Instant.now(), settings.all());
    List<String> ids =
        new PodReport(
                settings.path(Setting.STATE_FOLDER),
                settings.path(Setting.CGROUP_ROOT),
                settings.path(Setting.CNI_CONFIG_FOLDER))
            .collect(pod, report);
    try (CriClient client = new CriClient(settings.path(Setting.SOCKET))) {
      CriPages.shim(
          report,
          () -> soon(client).version(VersionRequest.getDefaultInstance()),
          () -> soon(client).status(StatusRequest.getDefaultInstance()));
      for (String id : ids) {
        CriPages.pod(report, id, () -> status(client, id));
      }
    }
    return ids;
  }

  private static PodSandboxStatusResponse status(CriClient client, String id) {
    return soon(client)
        .podSandboxStatus(
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build());
  }

  private static RuntimeServiceBlockingStub soon(CriClient client) {
    return client.runtime().withDeadlineAfter(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void write(Report report, List<String> ids) throws IOException {
    if (output.equals("-")) {
      report
          .pages()
          .forEach((path, text) -> System.out.printf("===== %s%n%s%n", path, text.stripTrailing()));
      return;
    }
    Path file = Path.of(output);
    // Records tell much about a node: nobody else is to read them.
    Files.deleteIfExists(file);
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try (var channel =
            Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner);
        OutputStream out = Channels.newOutputStream(channel)) {
      TarGz.write(out, "cofferdam-debug", report.pages(), Instant.now().getEpochSecond());
    }
    System.out.printf("%s: %d pages about %s%n", file, report.pages().size(), ids);
  }
}
