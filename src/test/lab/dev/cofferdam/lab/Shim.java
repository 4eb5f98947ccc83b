package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Cofferdam's CRI shim, between kubelet and containerd. */
public final class Shim {
  static final String SOCKET = "/run/cofferdam/cri.sock";
  static final String NAME = "shim";

  /** Of {@code cofferdam-keeper} the kernel keeps 15 characters. */
  private static final String KEEPER = "cofferdam-keepe";

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);

  private final LabDirectories directories;
  private final Path distribution;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final Cgroups cgroups;

  Shim(
      LabDirectories directories,
      Path distribution,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      Cgroups cgroups) {
    this.directories = directories;
    this.distribution = distribution;
    this.programs = programs;
    this.daemons = daemons;
    this.shell = shell;
    this.cgroups = cgroups;
  }

  boolean running() {
    return daemons.running(NAME);
  }

  /** Whether the program was built anew since the running shim was started. */
  boolean outdated() {
    long started = directories.processes().resolve(NAME).toFile().lastModified();
    try (Stream<Path> files = Files.walk(distribution)) {
      return files.anyMatch(file -> file.toFile().lastModified() > started);
    } catch (IOException e) {
      throw new LabException("could not look through " + distribution, e);
    }
  }

  /**
   * Where the shim looks for its credentials for the API server unless told; without a cluster
   * there are none.
   */
  Path kubeconfig() {
    return directories.etc("cofferdam").resolve("kubeconfig");
  }

  /** Starts the shim and waits until it answers. */
  public void start() throws IOException {
    Path program = distribution.resolve("bin").resolve("cofferdam");
    if (!Files.isExecutable(program)) {
      throw new LabException(program + " is missing: build the modules first (dev/up does)");
    }
    if (Files.exists(kubeconfig())) {
      Files.writeString(
          directories.etc("cofferdam").resolve("config.properties"),
          "kubeconfig=/etc/cofferdam/kubeconfig\n");
    }
    daemons
        .start(NAME, Map.of("PATH", programs.searchPath()), List.of(program.toString(), "shim"))
        .await(READY_TIMEOUT, this::answers);
  }

  private boolean answers() {
    return shell.run("crictl", "--runtime-endpoint", "unix://" + SOCKET, "version").ok();
  }

  /** What a crash or {@code kill -9} does: nothing of the shim gets to clean up. */
  public void kill() {
    daemons.kill(NAME);
  }

  /** An orderly end, as at an upgrade. */
  public void stop() {
    daemons.stop(NAME);
  }

  /** Process ID of the keeper, which outlives the shim that started it. */
  public Optional<Long> keeper() {
    return cgroups.processes().stream()
        .filter(id -> Daemon.programName(id).filter(KEEPER::equals).isPresent())
        .findFirst();
  }

  /** Paths of the containers' pipes that a process has open. */
  static Stream<String> openPipes(long process) {
    Path descriptors = Path.of("/proc/" + process + "/fd");
    String[] numbers = descriptors.toFile().list();
    return numbers == null
        ? Stream.empty()
        : Stream.of(numbers)
            .flatMap(
                number -> {
                  try {
                    return Stream.of(
                        Files.readSymbolicLink(descriptors.resolve(number)).toString());
                  } catch (IOException closed) {
                    return Stream.empty();
                  }
                })
            .filter(path -> path.contains("/containers/"));
  }

  /** Process ID of the running shim. */
  public long processId() {
    return daemons.find(NAME).orElseThrow(() -> new LabException("the shim is not running")).pid();
  }
}
