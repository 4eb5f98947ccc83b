package dev.cofferdam.microvm.volume;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The volumes that one sandbox has from its file service. All calls can be repeated. Thread-safe:
 * one call after the other.
 */
public final class SandboxVolumes {
  private final FileService service;
  private final Path workFolder;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param workFolder the sandbox's own, on the host; only root can write to it
   */
  public SandboxVolumes(FileService service, Path workFolder) {
    this.service = service;
    this.workFolder = workFolder;
  }

  /** Sees to it that the service has what a container needs, before the guest mounts it. */
  public void provide(VolumePlan plan, Deadline deadline) {
    if (plan.served().isEmpty()) {
      return;
    }
    lock.lock();
    try {
      HostTree.sweep(workFolder);
      Set<String> there = service.volumes(deadline);
      for (Map.Entry<String, VolumePlan.Served> each : plan.served().entrySet()) {
        if (!there.contains(each.getKey())) {
          provide(each.getKey(), each.getValue(), deadline);
        }
      }
    } catch (IOException e) {
      throw Failures.io("clearing " + workFolder, e);
    } finally {
      lock.unlock();
    }
  }

  private void provide(String id, VolumePlan.Served served, Deadline deadline) {
    try (Fd root = served.tree().open(workFolder)) {
      service.add(id, served.exclusive(), served.readOnly(), root, deadline);
    } catch (IOException e) {
      throw Failures.io("opening " + served.tree() + " for a guest", e);
    }
  }

  /**
   * Takes back what no container needs any more, after the guest has unmounted it. Until then the
   * host cannot unmount for good what it is mounted from.
   *
   * @param needed volumes of all containers that are left
   */
  public void retain(Set<String> needed, Deadline deadline) {
    lock.lock();
    try {
      Set<String> surplus = new HashSet<>(service.volumes(deadline));
      surplus.removeAll(needed);
      surplus.forEach(id -> service.remove(id, deadline));
    } finally {
      lock.unlock();
    }
  }
}
