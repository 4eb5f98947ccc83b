package dev.cofferdam.shim.cli;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.InstallTimeouts;
import dev.cofferdam.shim.install.Machine;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.kubelet.KubeletCredentials;
import dev.cofferdam.shim.install.kubelet.NodeCondition;
import dev.cofferdam.shim.install.kubelet.NodeHealth;
import dev.cofferdam.shim.install.runtime.CriRuntimes;
import dev.cofferdam.shim.install.service.ServiceProgram;
import dev.cofferdam.shim.install.service.Services;
import dev.cofferdam.shim.install.service.Systemd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that all of {@code cofferdam node} share, and this machine as they say. */
final class NodeMachine {
  private static final Path SYSTEMD = Path.of("/run/systemd/system");

  /** By which a node names its own, where the nodes of a fleet are not all alike. */
  private static final Path SERVICE_PROGRAM = Path.of("/etc/cofferdam/services");

  @Option(
      names = "--service-program",
      paramLabel = "PROGRAM",
      description = {
        "a program that starts and stops services here, where systemd does not (default:",
        "/etc/cofferdam/services, if there is one); called as",
        "PROGRAM start|stop|running|enable|disable|last-words VERSION, PROGRAM restart-kubelet"
      })
  private @Nullable Path serviceProgram;

  @Option(
      names = "--patience",
      paramLabel = "FACTOR",
      description = "allow everything this many times as long: a slow machine (default 1)")
  private int patience = 1;

  Machine machine() {
    HostFiles files = new HostFiles(Path.of("/"), Acts.ALL);
    HostProcesses processes = new HostProcesses(files);
    return new Machine(
        files,
        processes,
        services(),
        new CriRuntimes(),
        health(files, processes),
        InstallTimeouts.usual().times(patience),
        progress());
  }

  /** Each line with the seconds until then. */
  private static Consumer<String> progress() {
    long begun = System.nanoTime();
    return line ->
        System.out.printf(
            "[%3d s] %s%n", Duration.ofNanos(System.nanoTime() - begun).toSeconds(), line);
  }

  private Services services() {
    if (serviceProgram != null) {
      return new ServiceProgram(serviceProgram.toAbsolutePath());
    }
    if (Files.isExecutable(SERVICE_PROGRAM)) {
      return new ServiceProgram(SERVICE_PROGRAM);
    }
    if (Files.isDirectory(SYSTEMD)) {
      return new Systemd();
    }
    throw new SandboxException(
        ErrorCode.UNSUPPORTED,
        "systemd does not run here; name a program that starts services with --service-program, or put one at "
            + SERVICE_PROGRAM);
  }

  /**
   * Found anew each time: kubelet is another process after a restart, its certificate may be new.
   */
  private static NodeHealth health(HostFiles files, HostProcesses processes) {
    return since -> {
      try {
        Kubelet kubelet = Kubelet.find(processes);
        return new NodeCondition(KubeletCredentials.of(kubelet, files)).notReady(since);
      } catch (SandboxException away) {
        return Optional.of(String.valueOf(away.getMessage()));
      }
    };
  }
}
