package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** An image registry over plain HTTP that stands in for every public one. */
public final class Registry {
  static final int PORT = 5000;
  public static final String ADDRESS = "127.0.0.1:" + PORT;

  static final String NAME = "registry";
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(20);

  private final LabDirectories directories;
  private final Daemons daemons;
  private final LabShell shell;

  Registry(LabDirectories directories, Daemons daemons, LabShell shell) {
    this.directories = directories;
    this.daemons = daemons;
    this.shell = shell;
  }

  /**
   * Starts the registry over a storage folder of ready images, which is not written to: what is
   * pushed stays in this lab.
   */
  void start(Path images) throws IOException {
    Path pushed = Files.createDirectories(directories.root().resolve("registry-pushed"));
    Path work = Files.createDirectories(directories.root().resolve("registry-work"));
    shell
        .run(
            "mount",
            "-t",
            "overlay",
            "overlay",
            "-o",
            "lowerdir=%s,upperdir=%s,workdir=%s".formatted(images, pushed, work),
            "/var/lib/registry")
        .orThrow();
    Path settings = directories.settings().resolve("registry.yml");
    Files.createDirectories(settings.getParent());
    Files.writeString(
        settings,
        """
        version: 0.1
        log: {level: warn}
        storage: {filesystem: {rootdirectory: /var/lib/registry}}
        http: {addr: ":%d"}
        """
            .formatted(PORT));
    daemons
        .start(NAME, List.of("docker-registry", "serve", settings.toString()))
        .await(
            READY_TIMEOUT,
            () -> shell.run("curl", "-fsS", "-o", "/dev/null", "http://" + ADDRESS + "/v2/").ok());
  }
}
