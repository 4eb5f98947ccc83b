package dev.cofferdam.microvm.monitor;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Starts a program of a machine: in the pod's cgroup and network namespace from its first
 * instruction on, in a session of its own, so that it outlives this process.
 */
public final class Launch {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** 0 stands for the process that writes it. The first argument says how many files follow. */
  private static final String INTO_CGROUPS =
      "n=$1; shift; while [ $n -gt 0 ]; do echo 0 > \"$1\" || exit 125; shift; n=$((n - 1)); done;"
          + " exec \"$@\"";

  private static final Duration LOOK = Duration.ofMillis(2);

  private final Path cgroups;
  private final Optional<String> cgroup;
  private final Optional<Path> networkNamespace;
  private final Path log;

  /**
   * @param log where the program's words go
   */
  public Launch(Optional<String> cgroup, Optional<Path> networkNamespace, Path log) {
    this(CGROUPS, cgroup, networkNamespace, log);
  }

  Launch(Path cgroups, Optional<String> cgroup, Optional<Path> networkNamespace, Path log) {
    this.cgroups = cgroups;
    this.cgroup = cgroup;
    this.networkNamespace = networkNamespace;
    this.log = log;
  }

  /** What puts a program into its place and runs it. */
  List<String> prefix() {
    List<String> command = new ArrayList<>(cgroup.map(this::intoCgroup).orElse(List.of()));
    command.add("setsid");
    networkNamespace.ifPresent(path -> command.addAll(List.of("nsenter", "--net=" + path, "--")));
    return List.copyOf(command);
  }

  /** Runs the program; it keeps the process ID that is given. */
  public Process start(List<String> program) {
    return start(program, Path.of(""));
  }

  /** The same, with a working directory: what lies there it needs no path for. */
  public Process start(List<String> program, Path workingDirectory) {
    List<String> command = new ArrayList<>(prefix());
    command.addAll(program);
    try {
      return new ProcessBuilder(command)
          .directory(workingDirectory.toAbsolutePath().toFile())
          .redirectInput(new File("/dev/null"))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING, "cannot run " + program.getFirst() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Waits until systemd has made the pod's scope for its first program, where it is systemd's to
   * make: who comes before would ask for it a second time, and be refused. Whether that program
   * lives is for its starter to see.
   *
   * @throws SandboxException DEADLINE_EXCEEDED
   */
  public void awaitScope(Process first, Deadline deadline) {
    Optional<String> scope = cgroup.filter(name -> PodScope.of(name).isPresent());
    while (scope.isPresent() && first.isAlive() && processFiles(scope.get()).isEmpty()) {
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "systemd has not made " + scope.get() + " in time");
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** As another user, who gains no rights by any program that it runs. */
  public static List<String> as(int user, List<String> program) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + user,
                "--regid=" + user,
                "--clear-groups",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--"));
    command.addAll(program);
    return command;
  }

  /** The pod's cgroup in each hierarchy that has it: the shim or systemd made them, or will. */
  private List<String> intoCgroup(String name) {
    List<String> files = processFiles(name);
    if (!files.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", INTO_CGROUPS, "sh"));
      command.add(Integer.toString(files.size()));
      command.addAll(files);
      return command;
    }
    return PodScope.of(name)
        .map(PodScope::command)
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.UNSUPPORTED,
                    "the pod's cgroup "
                        + name
                        + " is in no hierarchy below "
                        + cgroups
                        + ": its limits would not hold"));
  }

  private List<String> processFiles(String name) {
    String path = name.startsWith("/") ? name.substring(1) : name;
    List<Path> roots = new ArrayList<>(List.of(cgroups));
    try (Stream<Path> hierarchies = Files.list(cgroups)) {
      // The same hierarchy under two names, such as cpu and cpu,cpuacct, needs joining only once.
      hierarchies
          .filter(Files::isDirectory)
          .filter(f -> !Files.isSymbolicLink(f))
          .forEach(roots::add);
    } catch (IOException e) {
      throw Failures.io("listing " + cgroups, e);
    }
    return roots.stream()
        .map(root -> root.resolve(path).resolve("cgroup.procs"))
        .filter(Files::exists)
        .map(Path::toString)
        .toList();
  }
}
