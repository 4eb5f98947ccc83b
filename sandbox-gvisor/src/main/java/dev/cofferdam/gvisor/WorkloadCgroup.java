package dev.cofferdam.gvisor;

import static java.nio.file.StandardOpenOption.WRITE;

import dev.cofferdam.linux.EventFd;
import dev.cofferdam.linux.Fd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A cgroup (version 1, memory) in the pod's, for the stubs: the host processes in which the sentry
 * runs its workload. What they touch first is charged to them; the sentry stays in the pod's cgroup
 * and is never refused memory by this one.
 *
 * @param pod the pod's folder
 */
record WorkloadCgroup(Path pod) {
  static final String NAME = "workload";
  private static final String LIMIT = "memory.limit_in_bytes";
  private static final String USAGE = "memory.usage_in_bytes";

  /** Whether tasks can be put to sleep at a limit here. */
  boolean supported() {
    return Files.exists(pod.resolve("memory.oom_control"));
  }

  Path folder() {
    return pod.resolve(NAME);
  }

  Path events() {
    return folder().resolve("memory.oom_control");
  }

  /** Takes in the stubs that are still in the pod's cgroup. */
  void gather() throws IOException {
    Stubs.move(pod, folder());
  }

  /** Bytes that the whole pod may use: the least limit of its cgroup and those around it. */
  long podLimit() throws IOException {
    long least = Long.MAX_VALUE;
    for (Path at = pod; at != null && Files.exists(at.resolve(LIMIT)); at = at.getParent()) {
      least = Math.min(least, number(at.resolve(LIMIT)));
    }
    return least;
  }

  /** Bytes that the whole pod uses, without files that the kernel can drop before it kills. */
  long podUsage() throws IOException {
    long files = 0;
    for (String line : Files.readAllLines(pod.resolve("memory.stat"))) {
      if (line.startsWith("total_inactive_file ") || line.startsWith("total_active_file ")) {
        files += Long.parseLong(line.substring(line.indexOf(' ') + 1));
      }
    }
    return Math.max(0, number(pod.resolve(USAGE)) - files);
  }

  long usage() throws IOException {
    return number(folder().resolve(USAGE));
  }

  void limit(long bytes) throws IOException {
    Files.writeString(folder().resolve(LIMIT), Long.toString(bytes), WRITE);
  }

  /** What happens at the limit: tasks sleep, or the kernel kills. */
  void sleepAtLimit(boolean sleep) throws IOException {
    Files.writeString(events(), sleep ? "1" : "0", WRITE);
  }

  /** Whether somebody sleeps at the limit. */
  boolean sleeps() throws IOException {
    return Files.readString(events()).contains("under_oom 1");
  }

  /**
   * Rings whenever the limit stops somebody.
   *
   * @param events an open {@link #events}
   */
  void ring(EventFd bell, Fd events) throws IOException {
    String registration = bell.fd().number() + " " + events.number();
    Files.writeString(folder().resolve("cgroup.event_control"), registration, WRITE);
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip());
  }
}
