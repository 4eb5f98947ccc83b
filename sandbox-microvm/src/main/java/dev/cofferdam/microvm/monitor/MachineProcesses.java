package dev.cofferdam.microvm.monitor;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The host's processes that belong to one machine. They are known by their command line, on which
 * each has the machine's name or a path in its folder; a process ID alone may have become somebody
 * else's.
 */
public final class MachineProcesses {
  private static final Path PROC = Path.of("/proc");

  private final String name;
  private final String folder;

  public MachineProcesses(MachineFolder folder) {
    this.name = folder.name();
    // Absolute: what is relative would be in many a command line.
    this.folder = folder.runtime().toAbsolutePath() + "/";
  }

  /** Whether this process runs (a zombie does not) and is the machine's. */
  public boolean owns(long pid) {
    return arguments(pid).stream().anyMatch(this::isOurs);
  }

  private boolean isOurs(String argument) {
    return argument.equals(name)
        || argument.equals("--id=" + name)
        || argument.endsWith(",groups=" + name)
        || argument.startsWith(name + ",")
        || argument.contains(folder);
  }

  public List<Long> all() {
    List<Long> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(PROC)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String number = entry.getFileName().toString();
        if (Character.isDigit(number.charAt(0)) && owns(Long.parseLong(number))) {
          found.add(Long.parseLong(number));
        }
      }
    } catch (IOException e) {
      throw Failures.io("listing processes in /proc", e);
    }
    return found;
  }

  /** Those of the machine that have an argument with this end. */
  public List<Long> withArgument(String end) {
    return all().stream()
        .filter(pid -> arguments(pid).stream().anyMatch(argument -> argument.endsWith(end)))
        .toList();
  }

  /** The process that a file names, if it is the machine's. */
  public Optional<Long> noted(Path pidFile) {
    try {
      long pid = Long.parseLong(Files.readString(pidFile, StandardCharsets.ISO_8859_1).strip());
      return owns(pid) ? Optional.of(pid) : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // not written, or not to its end
    }
  }

  /** Kills them all, and those that they start meanwhile. */
  public void end(Deadline deadline) {
    for (List<Long> left = all(); !left.isEmpty(); left = all()) {
      for (long pid : left) {
        ProcessHandle.of(pid).filter(p -> owns(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "processes "
                + left
                + " of "
                + name
                + " have been killed but do not end; look at what they wait for in"
                + " /proc/PID/stack");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static List<String> arguments(long pid) {
    try {
      byte[] line = Files.readAllBytes(PROC.resolve(pid + "/cmdline"));
      return List.of(new String(line, StandardCharsets.UTF_8).split("\0", -1));
    } catch (IOException e) {
      return List.of(); // ended meanwhile
    }
  }
}
