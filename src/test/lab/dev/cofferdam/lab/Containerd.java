package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** containerd, as it would stand on a node: it knows nothing of Cofferdam. */
public final class Containerd {
  static final String SOCKET = "/run/containerd/containerd.sock";

  static final String NAME = "containerd";
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);
  private final LabDirectories directories;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final boolean peer;

  /**
   * @param peer whether gVisor's own shim is offered too, with its usual settings
   */
  Containerd(
      LabDirectories directories,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      boolean peer) {
    this.directories = directories;
    this.programs = programs;
    this.daemons = daemons;
    this.shell = shell;
    this.peer = peer;
  }

  void configure() throws IOException {
    Path settings = directories.etc("containerd");
    Files.createDirectories(settings);
    // oom_score, restrict_oom_score_adj: root may lack CAP_SYS_RESOURCE (a container, a CI
    // machine).
    ContainerdConfig config =
        new ContainerdConfig("oom_score = 0", "restrict_oom_score_adj = true", false, peer);
    config.write(settings, Registry.ADDRESS);
  }

  /** Starts containerd and waits until it answers. */
  public void start() {
    launch()
        .await(
            READY_TIMEOUT,
            () -> shell.run("crictl", "--runtime-endpoint", "unix://" + SOCKET, "info", "-q").ok());
  }

  /** Starts containerd with a configuration by which it may never serve pods. */
  public void startUnawaited() {
    var _ = launch();
  }

  private Daemon launch() {
    return daemons.start(
        NAME,
        // The shim program is looked up on the PATH.
        Map.of("PATH", programs.searchPath()),
        List.of(programs.path(NAME, "containerd"), "--config", "/etc/containerd/config.toml"));
  }

  /** What a crash does. */
  public void kill() {
    daemons.kill(NAME);
  }

  /** An orderly end. */
  public void stop() {
    daemons.stop(NAME);
  }
}
