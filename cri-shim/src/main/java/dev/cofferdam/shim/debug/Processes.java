package dev.cofferdam.shim.debug;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The node's processes, out of {@code /proc}; never their environment. */
final class Processes {
  private static final Path PROC = Path.of("/proc");

  private Processes() {}

  static List<Long> all() {
    try (Stream<Path> entries = Files.list(PROC)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .filter(name -> name.chars().allMatch(Character::isDigit))
          .map(Long::valueOf)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Those in a cgroup and in the ones below it. */
  static List<Long> of(Path cgroup) {
    try (Stream<Path> files = Files.walk(cgroup)) {
      return files
          .filter(file -> file.endsWith("cgroup.procs"))
          .flatMap(file -> lines(file).stream())
          .map(Long::valueOf)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  static String commandLine(long pid) {
    try {
      byte[] line = Files.readAllBytes(PROC.resolve(pid + "/cmdline"));
      return new String(line, StandardCharsets.UTF_8).replace('\0', ' ').strip();
    } catch (IOException gone) {
      return "";
    }
  }

  static String describe(Collection<Long> pids) {
    return pids.stream().map(Processes::describe).collect(Collectors.joining("\n"));
  }

  private static String describe(long pid) {
    String status =
        lines(PROC.resolve(pid + "/status")).stream()
            .filter(line -> line.matches("(Name|State|PPid|Threads|VmRSS|CapEff|Seccomp):.*"))
            .map(line -> line.replaceAll("\\s+", " "))
            .collect(Collectors.joining(", "));
    return pid + ": " + status + "\n    " + commandLine(pid) + namespaces(pid);
  }

  private static String namespaces(long pid) {
    StringBuilder text = new StringBuilder("\n   ");
    for (String name : List.of("net", "mnt", "pid", "user", "cgroup")) {
      try {
        text.append(' ').append(Files.readSymbolicLink(PROC.resolve(pid + "/ns/" + name)));
      } catch (IOException gone) {
        text.append(' ').append(name).append(":?");
      }
    }
    return text.toString();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException gone) {
      return List.of();
    }
  }
}
