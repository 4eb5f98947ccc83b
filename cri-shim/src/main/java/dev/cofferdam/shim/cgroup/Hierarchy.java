package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One mounted cgroup file system: its folders are cgroups. */
record Hierarchy(Path root) {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

  Path folder(String path) {
    return root.resolve(path.substring(1));
  }

  /** Steps from below the root down to {@code path}. */
  List<Path> steps(String path) {
    List<Path> steps = new ArrayList<>();
    Path step = root;
    for (String name : CgroupPath.names(path)) {
      step = step.resolve(name);
      steps.add(step);
    }
    return steps;
  }

  static void make(Path folder) {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      // Made before, by kubelet or by an earlier try.
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.RESOURCE_EXHAUSTED, "cannot make cgroup " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Removes a cgroup and those in it. One whose last process has just died stays busy for a moment.
   */
  void remove(String path, Deadline deadline) {
    Path folder = folder(path);
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        removeTree(folder);
        return;
      } catch (IOException e) {
        if (deadline.passed()) {
          throw new SandboxException(
              ErrorCode.WRONG_STATE,
              "cannot remove cgroup "
                  + folder
                  + ": "
                  + e.getMessage()
                  + "; processes in it: "
                  + processes(folder),
              e);
        }
      }
      sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  /** Paths of the cgroups that have this in their name. */
  Set<String> find(String part) {
    Set<String> found = new HashSet<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              if (!String.valueOf(folder.getFileName()).contains(part)) {
                return FileVisitResult.CONTINUE;
              }
              found.add("/" + root.relativize(folder));
              return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path gone, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException gone) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot look through " + root + ": " + e.getMessage(), e);
    }
    return found;
  }

  /** The cgroups in a cgroup; none where it is gone. */
  static List<Path> children(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Files::isDirectory).toList();
    } catch (IOException | UncheckedIOException gone) {
      return List.of();
    }
  }

  /** IDs of the processes in a cgroup and below; none where it is gone. */
  Set<Long> processes(String path) {
    Set<Long> found = new HashSet<>();
    try (Stream<Path> folders = Files.walk(folder(path))) {
      for (Path each : folders.filter(Files::isDirectory).toList()) {
        for (String id : Files.readAllLines(each.resolve("cgroup.procs"))) {
          found.add(Long.valueOf(id));
        }
      }
    } catch (IOException | UncheckedIOException gone) {
      // What was found until then.
    }
    return found;
  }

  /** The kernel refuses where there are children or processes. */
  void removeIfEmpty(String path) {
    try {
      Files.deleteIfExists(folder(path));
    } catch (IOException e) {
      // In use: it stays.
    }
  }

  private static void removeTree(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path child : entries) {
        removeTree(child);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return;
    }
    Files.deleteIfExists(folder);
  }

  /** For messages. */
  private static String processes(Path folder) {
    try {
      return String.join(" ", Files.readAllLines(folder.resolve("cgroup.procs")));
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static void sleep(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED, "interrupted while removing a cgroup", e);
    }
  }
}
