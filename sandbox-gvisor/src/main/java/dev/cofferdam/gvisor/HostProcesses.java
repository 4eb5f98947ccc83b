package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The host's processes that belong to one sandbox: sentry, gofers, and runsc itself at work. They
 * are known by their command line, in which runsc repeats its {@code --root} for every process that
 * it starts; a process ID alone may have become somebody else's.
 */
final class HostProcesses {
  private static final Path PROC = Path.of("/proc");

  private final String rootArgument;

  HostProcesses(Path root) {
    this.rootArgument = "--root=" + root;
  }

  /** Whether this process runs (a zombie does not) and is the sandbox's. */
  boolean owns(long pid) {
    return arguments(pid).contains(rootArgument);
  }

  List<Long> all() {
    List<Long> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(PROC)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = entry.getFileName().toString();
        if (Character.isDigit(name.charAt(0)) && owns(Long.parseLong(name))) {
          found.add(Long.parseLong(name));
        }
      }
    } catch (IOException e) {
      throw Failures.io("listing processes in /proc", e);
    }
    return found;
  }

  /**
   * Kills them all, and those that they start meanwhile, and waits for their ends.
   *
   * @return those still there at the deadline
   */
  List<Long> end(Deadline deadline) {
    List<Long> left = all();
    while (!left.isEmpty()) {
      try (Killing killing = new Killing()) {
        for (long pid : left) {
          ProcessHandle.of(pid).filter(p -> owns(pid)).ifPresent(killing::kill);
        }
        killing.await(deadline);
      }
      if (deadline.passed()) {
        return left;
      }
      left = all();
    }
    return left;
  }

  /** What a process was started with, by the host's kernel; empty once it has ended. */
  static List<String> arguments(long pid) {
    try {
      byte[] line = Files.readAllBytes(PROC.resolve(pid + "/cmdline"));
      return Arrays.asList(new String(line, StandardCharsets.UTF_8).split("\0", -1));
    } catch (IOException e) {
      return List.of(); // ended meanwhile
    }
  }
}
