package dev.cofferdam.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The lab's cgroup, one folder of the same name in every hierarchy of the host. All that runs in
 * the lab runs beneath it, pods too, so that it is also the list of what must be gone after {@code
 * down}.
 */
final class Cgroups {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  /**
   * Daemons live in a leaf: in cgroup v2 a group that has children with controllers takes no
   * processes.
   */
  private static final String DAEMONS = "daemons";

  private final List<Path> roots;

  Cgroups(String labName) {
    roots = hierarchies().stream().map(h -> h.resolve("cofferdam-lab-" + labName)).toList();
  }

  private static List<Path> hierarchies() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      return mounts
          .map(line -> line.split(" "))
          .filter(fields -> fields[2].equals("cgroup") || fields[2].equals("cgroup2"))
          .map(fields -> Path.of(fields[1]))
          .distinct()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folders that stand for the lab; their children are its pods and its daemons. */
  List<Path> roots() {
    return roots;
  }

  /** The files that a process writes its ID to so as to join the lab's daemons. */
  List<Path> daemonJoinFiles() {
    return roots.stream().map(root -> root.resolve(DAEMONS).resolve("cgroup.procs")).toList();
  }

  /**
   * The files that the holder of the namespaces joins before it makes them: they become its root.
   */
  List<Path> rootJoinFiles() {
    return roots.stream().map(root -> root.resolve("cgroup.procs")).toList();
  }

  void create() {
    try {
      for (Path root : roots) {
        Files.createDirectories(root);
        inheritCpuset(root);
        Files.createDirectories(root.resolve(DAEMONS));
        inheritCpuset(root.resolve(DAEMONS));
      }
    } catch (IOException e) {
      throw new LabException("could not make the lab's cgroups", e);
    }
  }

  /** A new cpuset of cgroup v1 is empty and takes no process until it has CPUs and memory nodes. */
  private static void inheritCpuset(Path group) throws IOException {
    for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
      Path own = group.resolve(file);
      if (Files.exists(own) && Files.exists(group.resolve("cpuset.sched_load_balance"))) {
        Files.write(own, Files.readAllBytes(group.resolveSibling(file)));
      }
    }
    Path clone = group.resolve("cgroup.clone_children");
    if (Files.exists(clone)) {
      Files.writeString(clone, "1");
    }
  }

  /** IDs of all processes in the lab, those of its pods included. */
  Set<Long> processes() {
    Set<Long> processes = new TreeSet<>();
    for (Path group : groups()) {
      try (Stream<String> ids = Files.lines(group.resolve("cgroup.procs"))) {
        ids.filter(id -> !id.equals("0")).map(Long::valueOf).forEach(processes::add);
      } catch (IOException | UncheckedIOException gone) {
        // The group went while we looked.
      }
    }
    return processes;
  }

  /** Whether a process is in the lab: cheaper than all of {@link #processes}. */
  boolean contain(long id) {
    String name = "/" + roots.getFirst().getFileName();
    try (Stream<String> groups = Files.lines(Path.of("/proc/" + id + "/cgroup"))) {
      return groups.anyMatch(line -> line.contains(name + "/") || line.endsWith(name));
    } catch (IOException | UncheckedIOException gone) {
      return false;
    }
  }

  /** Kills what is left in the lab and waits for its end. */
  void killAll() {
    Await.until(
        END_TIMEOUT,
        () -> {
          for (Path group : groups()) {
            thaw(group);
          }
          Set<Long> left = processes();
          left.forEach(id -> ProcessHandle.of(id).ifPresent(ProcessHandle::destroyForcibly));
          return left.isEmpty();
        },
        () -> "processes of the lab did not end: " + processes());
  }

  /** A process frozen by the v1 freezer does not even die. */
  private static void thaw(Path group) {
    Path state = group.resolve("freezer.state");
    if (Files.exists(state)) {
      try {
        Files.writeString(state, "THAWED");
      } catch (IOException gone) {
        return; // the group went while we looked
      }
    }
  }

  void remove() {
    Await.until(
        END_TIMEOUT,
        () -> {
          for (Path group : groups()) {
            group.toFile().delete();
          }
          return groups().isEmpty();
        },
        () -> "cgroups of the lab could not be removed: " + groups());
  }

  /** The lab's groups in all hierarchies, children before their parents. */
  List<Path> groups() {
    List<Path> groups = new ArrayList<>();
    for (Path root : roots) {
      if (Files.isDirectory(root)) {
        try (Stream<Path> tree = Files.walk(root)) {
          tree.filter(Files::isDirectory).forEach(groups::add);
        } catch (IOException | UncheckedIOException gone) {
          // A group went while we walked: the caller looks again.
        }
      }
    }
    groups.sort(Comparator.comparingInt(Path::getNameCount).reversed());
    return groups;
  }
}
