package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pod's cgroup, which the shim made and deletes. On cgroup v1 runsc wants it in every hierarchy
 * and makes what is missing (but not what is missing above it its own): that is noted before, to be
 * removed after.
 */
final class PodCgroup {
  private static final Logger LOG = LoggerFactory.getLogger(PodCgroup.class);
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private static final Duration REMOVAL_TIMEOUT = Duration.ofSeconds(3);

  /** Where nothing limits the number of processes. */
  static final long UNLIMITED = Long.MAX_VALUE;

  private final String path;

  PodCgroup(String path) {
    this.path = path.startsWith("/") ? path.substring(1) : path;
  }

  /** Notes what does not exist yet, the deepest first. */
  void noteMissing(Path note) throws IOException {
    List<String> missing = new ArrayList<>();
    if (!isVersion2()) { // v1, or v1 beside v2
      try (Stream<Path> hierarchies = Files.list(ROOT)) {
        for (Path hierarchy : (Iterable<Path>) hierarchies::iterator) {
          for (Path below = Path.of(path); below != null; below = below.getParent()) {
            Path folder = hierarchy.resolve(below);
            if (!Files.exists(folder)) {
              missing.add(folder.toString());
            }
          }
        }
      }
    }
    Files.write(note, missing, StandardCharsets.UTF_8);
  }

  /** Removes cgroups that are noted, where nothing else has settled in them. */
  static void removeNoted(Path note, Deadline deadline) throws IOException {
    Deadline end = deadline.atMost(REMOVAL_TIMEOUT);
    for (Path cgroup : noted(note)) {
      if (cgroup.startsWith(ROOT)) {
        remove(cgroup, end);
      }
    }
  }

  static List<Path> noted(Path note) throws IOException {
    if (!Files.exists(note)) {
      return List.of();
    }
    return Files.readAllLines(note, StandardCharsets.UTF_8).stream().map(Path::of).toList();
  }

  /** A killed process leaves its cgroup a little after it has left the process list. */
  private static void remove(Path cgroup, Deadline deadline) throws IOException {
    // rmdir(2) of a cgroup: its files don't count, its processes and children do.
    while (Files.exists(cgroup) && !hasChildren(cgroup) && !cgroup.toFile().delete()) {
      if (deadline.passed()) {
        LOG.warn("cgroup {} is still in use and stays; remove it with rmdir", cgroup);
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  private static boolean hasChildren(Path cgroup) throws IOException {
    try (Stream<Path> entries = Files.list(cgroup)) {
      return entries.anyMatch(Files::isDirectory); // another pod below the same parent
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Most processes and threads on the host, here and in all cgroups around it. */
  long pids() {
    boolean version1 = Files.exists(ROOT.resolve("pids"));
    Path top = version1 ? ROOT.resolve("pids") : ROOT;
    long least = UNLIMITED;
    for (Path at = top.resolve(path); at != null && at.startsWith(top); at = at.getParent()) {
      least = Math.min(least, limit(at.resolve("pids.max")));
    }
    return least;
  }

  private static long limit(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
      return text.equals("max") ? UNLIMITED : Long.parseLong(text);
    } catch (IOException | NumberFormatException e) {
      return UNLIMITED; // the root has none
    }
  }

  /** Its folder in the hierarchy that counts memory. */
  Path memoryFolder() {
    return isVersion2() ? ROOT.resolve(path) : ROOT.resolve("memory").resolve(path);
  }

  /** The same in the hierarchy that shares out CPU time; empty where it was made in none. */
  Optional<CpuCgroup> cpu() {
    return Optional.of(isVersion2() ? ROOT.resolve(path) : ROOT.resolve("cpu").resolve(path))
        .filter(Files::exists)
        .map(CpuCgroup::new);
  }

  /** CPU time used so far, in nanoseconds. */
  long cpuNanos() throws IOException {
    if (!isVersion2()) {
      Path usage = ROOT.resolve("cpuacct").resolve(path).resolve("cpuacct.usage");
      return Long.parseLong(Files.readString(usage, StandardCharsets.US_ASCII).strip());
    }
    String micros = "usage_usec ";
    return Files.readAllLines(ROOT.resolve(path).resolve("cpu.stat")).stream()
        .filter(line -> line.startsWith(micros))
        .mapToLong(
            line -> TimeUnit.MICROSECONDS.toNanos(Long.parseLong(line.substring(micros.length()))))
        .sum();
  }

  static boolean isVersion2() {
    return Files.exists(ROOT.resolve("cgroup.controllers"));
  }

  /** How often the kernel killed here for want of memory. */
  long outOfMemoryKills() {
    Path version1 = ROOT.resolve("memory").resolve(path);
    // Version 1 counts for each cgroup alone.
    return kills(version1.resolve("memory.oom_control"))
        + kills(new WorkloadCgroup(version1).events())
        + kills(ROOT.resolve(path).resolve("memory.events"));
  }

  private static long kills(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .filter(line -> line.startsWith("oom_kill "))
          .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
          .sum();
    } catch (IOException | NumberFormatException e) {
      return 0; // the other cgroup version, or the cgroup is gone
    }
  }
}
