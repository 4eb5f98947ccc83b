package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.EventFd;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a workload short of its pod's memory limit, where the kernel would kill the sentry and so
 * all containers. Cgroup version 1 only: the workload's processes sleep at a limit of their own
 * ({@code oom_kill_disable}, cgroup-v1/memory.rst, section 10). We are rung, have somebody look,
 * and let it go on to the next mark: who is being killed can end, who isn't can work. After {@link
 * MemoryRoom#STEPS} marks the pod's own limit is left, at which the kernel kills as ever.
 * Thread-safe.
 */
final class MemoryBrake {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryBrake.class);

  /** For what the workload sleeps at each step while the sentry is asked. */
  private static final Duration PULSE = Duration.ofMillis(25);

  private static final Duration LOOK = Duration.ofSeconds(10);

  /** Between two looks at the pod's limit, which kubelet may change, and at what others use. */
  private static final Duration CALM = Duration.ofMinutes(1);

  /** While the pod uses some of what is kept back. */
  private static final Duration ALERT = Duration.ofSeconds(1);

  private final WorkloadCgroup workload;
  private final Layout layout;
  private final BrakeGuard guard;
  private final Consumer<Deadline> look;
  private @Nullable EventFd bell;

  /**
   * @param look asks what each container uses, and kills who is over its limit
   */
  MemoryBrake(WorkloadCgroup workload, Layout layout, BrakeGuard guard, Consumer<Deadline> look) {
    this.workload = workload;
    this.layout = layout;
    this.guard = guard;
    this.look = look;
  }

  /** From now on the workload stops short of the limit. May be repeated. */
  synchronized void engage() {
    if (!workload.supported()) {
      return;
    }
    try {
      if (bell != null) {
        adjustSoon(); // whoever starts takes memory beside the workload's
        return;
      }
      EventFd ours = EventFd.open();
      bell = ours;
      Thread.ofVirtual().name("gvisor-brake").start(() -> run(ours));
    } catch (IOException e) {
      LOG.warn("no brake on {}: {}", workload.pod(), e.getMessage());
    }
  }

  /** To be called when the pod uses more, or may use more or less; does nothing without a brake. */
  synchronized void adjustSoon() {
    if (bell != null) {
      try {
        bell.signal();
      } catch (IOException e) {
        LOG.debug("brake on {}: {}", workload.pod(), e.getMessage()); // it has failed, and said so
      }
    }
  }

  /** No longer. */
  synchronized void release() {
    if (bell != null) {
      bell.close(); // ends the thread
      bell = null;
      letGo();
      guard.leave(this);
    }
  }

  private void run(EventFd rung) {
    try {
      if (!guarded(rung)) {
        return;
      }
      prepare();
      try (Fd events = Fd.open(workload.events(), Fd.O_RDONLY, 0)) {
        workload.ring(rung, events);
        while (!rung.fd().isClosed()) {
          if (workload.sleeps()) {
            haveALook(rung);
          }
          if (rung.fd().await(Epoll.IN, adjust(rung) ? CALM : ALERT)) {
            rung.clear();
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      failed(rung, e);
    } catch (InterruptedException e) {
      failed(rung, e);
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean guarded(EventFd rung) throws IOException {
    if (rung.fd().isClosed()) {
      return false; // let go of already
    }
    guard.watch(this);
    return true;
  }

  /** Written down before it is made: for the guard, and for whoever ends the sandbox. */
  private void prepare() throws IOException {
    Files.writeString(layout.workloadCgroup(), workload.folder() + "\n");
    if (!Files.exists(workload.folder())) { // else an earlier shim's
      Files.createDirectory(workload.folder());
    }
  }

  /**
   * Step by step even while the sentry is asked: it waits for a stub that does something for it
   * without giving up its processor, and answers nobody while that stub sleeps.
   */
  private void haveALook(EventFd rung) throws IOException, InterruptedException {
    LOG.info(
        "the pod with {} uses {} of {} bytes of memory: stopped for a look at its containers",
        workload.pod(),
        workload.podUsage(),
        workload.podLimit());
    CountDownLatch looked = new CountDownLatch(1);
    Thread.ofVirtual().name("gvisor-brake-look").start(() -> lookAround(looked));
    while (!looked.await(PULSE.toMillis(), TimeUnit.MILLISECONDS)) {
      boolean _ = adjust(rung);
    }
  }

  private void lookAround(CountDownLatch looked) {
    try {
      look.accept(Deadline.after(LOOK));
    } catch (RuntimeException e) {
      LOG.warn("{} is at its memory limit, nobody says why: {}", workload.pod(), e.getMessage());
    } finally {
      looked.countDown();
    }
  }

  /**
   * Sets the limit by what is used now.
   *
   * @return whether nothing of what is kept back is in use
   */
  private synchronized boolean adjust(EventFd rung) throws IOException {
    if (rung.fd().isClosed()) {
      return true;
    }
    guard.watch(this);
    workload.gather();
    MemoryRoom room = new MemoryRoom(workload.podLimit());
    if (!room.worthwhile()) {
      letGo();
      return true;
    }
    long used = workload.podUsage();
    int steps = room.stepsFor(used);
    workload.sleepAtLimit(true);
    try {
      workload.limit(room.workload(steps, Math.max(0, used - workload.usage())));
    } catch (IOException e) {
      LOG.debug("limit of {}: {}", workload.folder(), e.getMessage()); // it grew meanwhile: EBUSY
    }
    return steps == 0;
  }

  /** A brake that nobody works must not hold anything. */
  private synchronized void failed(EventFd rung, Exception why) {
    if (!rung.fd().isClosed()) {
      if (Files.exists(workload.folder())) {
        LOG.warn("no brake on {} any more: {}", workload.pod(), why.toString());
      }
      release();
    }
  }

  private void letGo() {
    try {
      workload.limit(MemoryRoom.ALL);
      workload.sleepAtLimit(false);
    } catch (IOException e) {
      LOG.debug("brake on {}: {}", workload.pod(), e.getMessage()); // gone with its pod
    }
  }
}
