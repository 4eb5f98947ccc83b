package dev.cofferdam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The processes of the lab that we are in, by kind. Others may run on the machine: the lab's are
 * those in its cgroups, of which this process sees no others.
 */
final class LabProcesses {
  private static final Path PROC = Path.of("/proc");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** A sandbox's stubs are its descendants, at most this deep. */
  private static final int DEEPEST = 16;

  private record Seen(long parent, Optional<ProcessKind> kind) {}

  private final Map<Long, Seen> processes = new HashMap<>();

  private LabProcesses() {}

  static LabProcesses now() {
    LabProcesses now = new LabProcesses();
    for (long pid : inCgroups()) {
      try {
        now.processes.put(pid, new Seen(parent(pid), ProcessKind.of(command(pid))));
      } catch (IOException gone) {
        // It ended while we looked.
      }
    }
    return now;
  }

  private static Set<Long> inCgroups() {
    Set<Long> pids = new TreeSet<>();
    try (Stream<Path> groups = Files.walk(CGROUPS)) {
      for (Path group : (Iterable<Path>) groups.filter(Files::isDirectory)::iterator) {
        pids.addAll(inCgroup(group));
      }
    } catch (UncheckedIOException gone) {
      throw new IllegalStateException("a cgroup went while pods were to be idle", gone);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pids;
  }

  private static List<Long> inCgroup(Path group) {
    try (Stream<String> lines = Files.lines(group.resolve("cgroup.procs"))) {
      return lines.map(Long::valueOf).filter(pid -> pid != 0).toList();
    } catch (IOException | UncheckedIOException noGroup) {
      return List.of(); // a folder that holds hierarchies
    }
  }

  private static long parent(long pid) throws IOException {
    String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
    // The name may hold blanks and brackets: fields count from behind its last bracket.
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", 3)[1]);
  }

  private static List<String> command(long pid) throws IOException {
    String line = Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
    return Arrays.stream(line.split("\0")).filter(word -> !word.isEmpty()).toList();
  }

  private Optional<ProcessKind> kind(long pid) {
    Seen process = processes.get(pid);
    Optional<ProcessKind> own = process == null ? Optional.empty() : process.kind;
    for (int i = 0; own.isEmpty() && process != null && i < DEEPEST; i++) {
      process = processes.get(process.parent);
      if (process != null && process.kind.equals(Optional.of(ProcessKind.SANDBOX))) {
        return Optional.of(ProcessKind.STUB);
      }
    }
    return own;
  }

  /** Those of a kind. */
  List<Long> of(ProcessKind kind) {
    return processes.keySet().stream().filter(pid -> kind(pid).equals(Optional.of(kind))).toList();
  }

  /** How many there are of each kind. */
  Map<ProcessKind, Long> counts() {
    return sums(_ -> 1);
  }

  /** Memory, shared pages shared out among those that share them. */
  Map<ProcessKind, Long> pssKib() {
    return sums(pid -> field(PROC.resolve(pid + "/smaps_rollup"), "Pss:"));
  }

  /** Memory, shared pages counted in full. */
  Map<ProcessKind, Long> rssKib() {
    return sums(pid -> field(PROC.resolve(pid + "/status"), "VmRSS:"));
  }

  /** CPU time of all threads so far. */
  Map<ProcessKind, Long> cpuNanos() {
    return sums(
        pid -> {
          long sum = 0;
          try (Stream<Path> threads = Files.list(PROC.resolve(pid + "/task"))) {
            for (Path thread : (Iterable<Path>) threads::iterator) {
              sum += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
            }
          }
          return sum;
        });
  }

  private interface Reading {
    long of(long pid) throws IOException;
  }

  private Map<ProcessKind, Long> sums(Reading reading) {
    Map<ProcessKind, Long> sums = new EnumMap<>(ProcessKind.class);
    for (long pid : processes.keySet()) {
      kind(pid)
          .ifPresent(
              kind -> {
                try {
                  sums.merge(kind, reading.of(pid), Long::sum);
                } catch (IOException gone) {
                  // It, or a thread of it, ended while we looked.
                }
              });
    }
    return sums;
  }

  private static long field(Path file, String name) throws IOException {
    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
      }
    }
    return 0; // a process that has ended but is still in the list
  }
}
