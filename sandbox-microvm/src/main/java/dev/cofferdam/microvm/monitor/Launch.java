package dev.cofferdam.microvm.monitor;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private final List<String> prefix;
  private final Path log;

  /**
   * @param log where the program's words go
   */
  public Launch(Optional<String> cgroup, Optional<Path> networkNamespace, Path log) {
    List<String> files = cgroup.map(Launch::processFiles).orElse(List.of());
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", INTO_CGROUPS, "sh"));
    command.add(Integer.toString(files.size()));
    command.addAll(files);
    command.add("setsid");
    networkNamespace.ifPresent(path -> command.addAll(List.of("nsenter", "--net=" + path, "--")));
    this.prefix = List.copyOf(command);
    this.log = log;
  }

  /** Runs the program; it keeps the process ID that is given. */
  public Process start(List<String> program) {
    return start(program, Path.of(""));
  }

  /** The same, with a working directory: what lies there it needs no path for. */
  public Process start(List<String> program, Path workingDirectory) {
    List<String> command = new ArrayList<>(prefix);
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

  /** The pod's cgroup in each hierarchy that has it; the shim made them. */
  private static List<String> processFiles(String cgroup) {
    String path = cgroup.startsWith("/") ? cgroup.substring(1) : cgroup;
    List<Path> roots = new ArrayList<>(List.of(CGROUPS));
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      // The same hierarchy under two names, such as cpu and cpu,cpuacct, needs joining only once.
      hierarchies
          .filter(Files::isDirectory)
          .filter(f -> !Files.isSymbolicLink(f))
          .forEach(roots::add);
    } catch (IOException e) {
      throw Failures.io("listing " + CGROUPS, e);
    }
    List<String> files =
        roots.stream()
            .map(root -> root.resolve(path).resolve("cgroup.procs"))
            .filter(Files::exists)
            .map(Path::toString)
            .toList();
    if (files.isEmpty()) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "the pod's cgroup "
              + cgroup
              + " is in no hierarchy below "
              + CGROUPS
              + ": its limits would not hold. systemd's scopes are not served for microVMs yet: use"
              + " the driver cgroupfs");
    }
    return files;
  }
}
