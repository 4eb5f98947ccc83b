package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

  /** Names the folder of the guest image; dev/lib/guest-image makes it. */
  private static final String GUEST_IMAGE = "COFFERDAM_GUEST_IMAGE";

  /** Names the program that serves volumes; dev/lib/files-program makes it. */
  private static final String FILE_SERVICE = "COFFERDAM_FILES";

  private static final String CONTROL_SOCKET = "/run/cofferdam/control.sock";

  /** A JVM beside guests that boot under emulation, on a machine with other work, took 36 s. */
  private static final Duration READY_TIMEOUT = Duration.ofMinutes(2);

  private final LabDirectories directories;
  private final Path distribution;
  private final boolean cluster;
  private final boolean microVm;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final Cgroups cgroups;

  Shim(
      LabDirectories directories,
      LabOptions options,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      Cgroups cgroups) {
    this.directories = directories;
    this.distribution = options.distribution();
    this.cluster = options.cluster();
    this.microVm = options.microVm();
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
    start(NAME, distribution, List.of()).await(READY_TIMEOUT, this::answers);
  }

  /** Starts the shim with some settings ({@code key=value}) and waits until it answers. */
  public void startWith(String... settings) throws IOException {
    List<String> flags =
        Stream.of(settings).flatMap(setting -> Stream.of("--set", setting)).toList();
    start(NAME, distribution, flags).await(READY_TIMEOUT, this::answers);
  }

  /** Whether the version before has been built. */
  public boolean hasPrevious() {
    return programs.previousShim().isPresent();
  }

  /** Starts the version before instead, and waits until it answers. */
  public void startPrevious() throws IOException {
    Path previous =
        programs
            .previousShim()
            .orElseThrow(
                () ->
                    new LabException("the version before is missing: run dev/lib/build-previous"));
    start(NAME, previous, List.of()).await(READY_TIMEOUT, this::answers);
  }

  /** Waits until nobody accepts callers any more, not even for a next shim. */
  public void awaitRefused() {
    Await.until(
        Duration.ofMinutes(1),
        () -> !shell.run("socat", "-u", "OPEN:/dev/null", "UNIX-CONNECT:" + SOCKET).ok(),
        () -> "the shim's socket still accepts callers");
  }

  /** Ends the keeper too, while there is nothing to keep: the next shim starts its own. */
  public void endKeeper() {
    cgroups.processes().stream()
        .filter(id -> Daemon.programName(id).filter(KEEPER::equals).isPresent())
        .flatMap(id -> ProcessHandle.of(id).stream())
        .forEach(
            keeper -> {
              keeper.destroyForcibly();
              Await.until(READY_TIMEOUT, () -> !keeper.isAlive(), () -> "the keeper did not end");
            });
  }

  /**
   * Starts another one beside the one that runs, to which that one hands over, and waits until it
   * serves.
   *
   * @return the process of the one before, which ends when its sessions have ended
   */
  public ProcessHandle takeOver() throws IOException {
    long before = processId();
    String controlBefore = controlSocket();
    daemons.rename(NAME, NAME + "-" + before);
    start(NAME, distribution, List.of("--take-over"))
        .await(READY_TIMEOUT, () -> !controlSocket().equals(controlBefore));
    return ProcessHandle.of(before)
        .orElseThrow(() -> new LabException("the shim before ended before it handed over"));
  }

  /** Starts another one that is to take over, and kills it with -9 some time later. */
  public void takeOverAndKill(Duration later) throws IOException {
    String next = NAME + "-next";
    Daemon started = start(next, distribution, List.of("--take-over"));
    var _ = Await.holds(later, () -> !started.alive());
    daemons.kill(next);
  }

  /** Waits until the shim serves, or has ended since it had handed over. */
  public boolean awaitServingOrEnded() {
    Await.until(
        READY_TIMEOUT,
        () -> !running() || answers(),
        () -> "the shim neither ended nor does it answer");
    return running();
  }

  /** The last thing that a shim makes when it starts. */
  private String controlSocket() {
    return shell.run("stat", "-c", "%i", CONTROL_SOCKET).out();
  }

  /** Whether the running one is of a version that hands over. */
  boolean handsOver() {
    return !controlSocket().isEmpty();
  }

  private Daemon start(String name, Path otherDistribution, List<String> flags) throws IOException {
    Path program = otherDistribution.resolve("bin").resolve("cofferdam");
    if (!Files.isExecutable(program)) {
      throw new LabException(program + " is missing: build the modules first (dev/up does)");
    }
    writeSettings(otherDistribution.equals(distribution));
    List<String> command = new ArrayList<>(List.of(program.toString(), "shim"));
    command.addAll(flags);
    if (Files.exists(otherDistribution.resolve("bin").resolve("cofferdam-canary"))) {
      // A cluster wants to know what was proved; elsewhere a check would only be in the way.
      command.addAll(
          cluster
              ? List.of("--set", "check.interval=PT1H", "--set", "check.window=PT1S")
              : List.of("--set", "check.interval="));
    }
    return daemons.start(name, Map.of("PATH", programs.searchPath()), command);
  }

  /** The version before refuses settings that it doesn't know. */
  private void writeSettings(boolean current) throws IOException {
    StringBuilder settings = new StringBuilder();
    if (Files.exists(kubeconfig())) {
      settings.append("kubeconfig=/etc/cofferdam/kubeconfig\n");
    }
    if (current && microVm) {
      // No machine of ours has KVM that works; what isolates nobody is good enough for a lab.
      settings.append("handlers.emulation=true\n");
      // A guest on such KVM hangs for as long as the probe may take: not for every pod.
      settings.append("probe.failure-holds=PT10M\n");
      settings.append("backend.microvm.images=").append(required(GUEST_IMAGE)).append('\n');
      settings.append("backend.microvm.files=").append(required(FILE_SERVICE)).append('\n');
    }
    Files.writeString(
        directories.etc("cofferdam").resolve("config.properties"), settings.toString());
  }

  private static String required(String variable) {
    String value = System.getenv(variable);
    if (value == null || value.isBlank()) {
      throw new LabException(variable + " is not set; dev/up --microvm sets it");
    }
    return value;
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
