package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Looks for what a lab must not leave behind. */
final class Leftovers {
  private Leftovers() {}

  /** Throws with a list of what is left, if anything is. */
  static void check(LabDirectories directories, Cgroups cgroups) {
    List<String> left = new ArrayList<>();
    cgroups.processes().forEach(id -> left.add("process " + id));
    cgroups.groups().forEach(group -> left.add("cgroup " + group));
    if (Files.exists(directories.root())) {
      left.add("folder " + directories.root());
    }
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts
          .filter(line -> line.contains(directories.root() + "/"))
          .forEach(line -> left.add("mount " + line));
    } catch (IOException e) {
      left.add("unknown mounts: " + e);
    }
    inNamespacesOf(directories, left);
    if (!left.isEmpty()) {
      throw new LabException("the lab left behind:\n" + String.join("\n", left));
    }
  }

  /**
   * A process outside the lab's cgroup that still sees the lab's folder as mounts keeps its
   * namespace.
   */
  private static void inNamespacesOf(LabDirectories directories, List<String> left) {
    String mark = directories.root().resolve("var").toString();
    ProcessHandle.allProcesses()
        .filter(
            process -> {
              try (Stream<String> mounts =
                  Files.lines(Path.of("/proc/" + process.pid() + "/mountinfo"))) {
                return mounts.anyMatch(line -> line.contains(mark));
              } catch (IOException | java.io.UncheckedIOException gone) {
                return false;
              }
            })
        .forEach(process -> left.add("mount namespace, held by process " + process.pid()));
  }
}
