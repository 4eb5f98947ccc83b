package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the CPU limits of a sandbox's containers, of which the sentry's scheduler knows nothing.
 * The host's threads in which a container's instructions run are moved into a cgroup of the
 * container's own, below the pod's; they are known by the root file system whose files they map.
 * The sentry and its stubs stay in the pod's: what the sentry does for a container is not counted,
 * and it never waits for one that is held back. Looks again and again, for the kernel tells nobody
 * of a new thread; only in pods in which a container may use less than its pod. Thread-safe.
 */
final class CpuWatch {
  private static final Logger LOG = LoggerFactory.getLogger(CpuWatch.class);

  /** While the pod uses as much as could be too much for one of its containers, and else. */
  private static final Duration BUSY = Duration.ofMillis(250);

  private static final Duration CALM = Duration.ofSeconds(1);

  /** Hundredths of a second. One that has used less has held up nobody. */
  private static final long LEAST_TICKS = 2;

  private final Optional<PodCgroup> cgroup;
  private final Optional<CpuCgroup> pod;
  private final long sentry;
  private final Path record;
  private final Map<String, Member> members = new HashMap<>();
  private @Nullable Thread thread;

  /**
   * A container.
   *
   * @param device of its root file system
   * @param processors what it may use
   * @param own its cgroup, where that is less than the pod may
   */
  private record Member(long device, double processors, Optional<CpuCgroup> own) {}

  /**
   * @param cgroup the pod's; empty also where the workload's threads are not to be had: on another
   *     platform than systrap
   * @param sentry its process ID
   * @param record names the cgroups made here, for whoever ends the sandbox
   */
  CpuWatch(Optional<PodCgroup> cgroup, long sentry, Path record) {
    this.cgroup = cgroup;
    this.pod = cgroup.flatMap(PodCgroup::cpu);
    this.sentry = sentry;
    this.record = record;
  }

  /** Has a running container use no more than this, in place of what it might before. */
  synchronized void limit(ContainerSpec container, Resources limits) {
    if (pod.isEmpty() || !(container.rootFilesystem() instanceof RootFilesystem.Directory root)) {
      return;
    }
    try {
      long device = (Long) Files.getAttribute(root.path(), "unix:dev");
      double processors = CpuCgroup.processors(limits);
      boolean less = processors < pod.get().processors();
      Optional<CpuCgroup> own = Optional.of(pod.get().of(container.id())).filter(_ -> less);
      if (own.isPresent()) {
        make(own.get());
        own.get().limit(limits);
      } else {
        dissolve(container.id());
      }
      members.put(container.id(), new Member(device, processors, own));
    } catch (IOException e) {
      LOG.warn("the CPU limit of container {} is not enforced: {}", container.id(), e.toString());
    }
    if (thread == null && isNeeded()) {
      thread = Thread.ofVirtual().name("gvisor-cpu-" + sentry).start(this::run);
    }
  }

  synchronized void forget(String containerId) {
    dissolve(containerId);
    members.remove(containerId);
    notifyAll();
  }

  /** Nothing is left to watch. */
  synchronized void sandboxEnded() {
    members.clear();
    notifyAll();
  }

  private boolean isNeeded() {
    return members.values().stream().anyMatch(each -> each.own().isPresent());
  }

  private void make(CpuCgroup own) throws IOException {
    if (!Files.exists(own.folder())) {
      Files.writeString(
          record, own.folder() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    own.make();
  }

  /** Its threads may be another container's next. */
  private void dissolve(String containerId) {
    if (pod.isEmpty() || !Files.exists(pod.get().of(containerId).folder())) {
      return;
    }
    CpuCgroup own = pod.get().of(containerId);
    try {
      for (long pid : own.processes()) {
        move(pid, pod.get());
      }
    } catch (IOException e) {
      LOG.debug("emptying {}: {}", own.folder(), e.getMessage()); // gone with the sandbox
    }
    if (!own.remove()) {
      LOG.debug("{} is still in use: it goes with the sandbox", own.folder());
    }
  }

  private synchronized void run() {
    try {
      long used = usedNanos();
      long at = System.nanoTime();
      Duration pace = BUSY;
      while (isNeeded()) {
        wait(pace.toMillis());
        long usedBefore = used;
        long before = at;
        used = usedNanos();
        at = System.nanoTime();
        boolean busy = 2 * (used - usedBefore) >= lowest() * (at - before);
        if (busy) {
          sort();
        }
        pace = busy ? BUSY : CALM;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      if (Files.exists(pod.orElseThrow().folder())) { // else the sandbox is being removed
        LOG.warn("CPU limits are no longer enforced in the sandbox of sentry {}: {}", sentry, e);
      }
    } finally {
      thread = null;
    }
  }

  private long usedNanos() throws IOException {
    return cgroup.orElseThrow().cpuNanos();
  }

  private double lowest() {
    return members.values().stream().mapToDouble(Member::processors).min().orElse(0);
  }

  /** Puts every thread where it belongs. */
  private void sort() {
    List<Member> limited = members.values().stream().filter(m -> m.own().isPresent()).toList();
    sort(pod.orElseThrow(), LEAST_TICKS);
    limited.forEach(each -> sort(each.own().orElseThrow(), 0));
  }

  private void sort(CpuCgroup from, long leastTicks) {
    try {
      for (long pid : from.processes()) {
        WorkloadThread.of(pid, sentry)
            .filter(thread -> thread.ticks() >= leastTicks)
            .map(WorkloadThread::devices)
            .filter(devices -> !devices.isEmpty()) // between two programs: it stays
            .map(this::place)
            .filter(to -> !to.equals(from))
            .ifPresent(to -> move(pid, to));
      }
    } catch (IOException e) {
      LOG.debug("threads in {}: {}", from.folder(), e.getMessage()); // gone with the sandbox
    }
  }

  /** The pod's, where not exactly one container is to be seen: nobody pays for another. */
  private CpuCgroup place(Set<Long> devices) {
    List<Member> owners =
        members.values().stream().filter(each -> devices.contains(each.device())).toList();
    return owners.size() == 1
        ? owners.getFirst().own().orElse(pod.orElseThrow())
        : pod.orElseThrow();
  }

  private static void move(long pid, CpuCgroup to) {
    try {
      to.take(pid);
    } catch (IOException e) {
      LOG.debug("thread {} stays where it is: {}", pid, e.getMessage()); // it has ended
    }
  }
}
