package dev.cofferdam.shim.cli;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.RuntimeCondition;
import dev.cofferdam.cri.v1.RuntimeHandler;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.cri.v1.VersionResponse;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.config.Setting;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks the shim, through its socket, how the node does. Exits with 1 when it does not answer. */
@Command(
    name = "status",
    description = "Is the shim up, which runtime handlers does it offer, how many pods run.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Option(names = "--socket", paramLabel = "PATH", description = "the shim's socket")
  private @Nullable Path socket;

  @Override
  public Integer call() {
    Path path = socket == null ? Path.of(Setting.SOCKET.defaultValue()) : socket;
    try (CriClient client = new CriClient(path)) {
      report(
          client.runtime().withDeadlineAfter(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS),
          path,
          System.out);
    }
    return 0;
  }

  private static void report(
      RuntimeServiceGrpc.RuntimeServiceBlockingStub cri, Path socket, PrintStream out) {
    VersionResponse version = cri.version(VersionRequest.getDefaultInstance());
    out.printf(
        "shim      up on %s, %s %s beneath it%n",
        socket, version.getRuntimeName(), version.getRuntimeVersion());
    var status = cri.status(StatusRequest.getDefaultInstance());
    for (RuntimeCondition condition : status.getStatus().getConditionsList()) {
      out.printf(
          "%-9s %s: %s%n",
          "condition",
          condition.getType(),
          condition.getStatus()
              ? "true"
              : "false, %s: %s".formatted(condition.getReason(), condition.getMessage()));
    }
    out.printf(
        "handlers  %s%n",
        status.getRuntimeHandlersList().stream()
            .map(RuntimeHandler::getName)
            .map(StatusCommand::named)
            .sorted()
            .distinct()
            .collect(Collectors.joining(" ")));
    Map<String, Long> pods =
        cri.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList().stream()
            .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
            .collect(
                Collectors.groupingBy(
                    (PodSandbox pod) -> named(pod.getRuntimeHandler()),
                    TreeMap::new,
                    Collectors.counting()));
    out.printf(
        "pods      %d ready%s%n",
        pods.values().stream().mapToLong(Long::longValue).sum(), pods.isEmpty() ? "" : ": " + pods);
  }

  private static String named(String handler) {
    return handler.isEmpty() ? "(default)" : handler;
  }
}
