package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.container.ExitWatch;
import dev.cofferdam.shim.host.Cgroups;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.LogFields;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Learns of each sandbox's end, however it comes, on a virtual thread of its own. */
final class SandboxWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxWatch.class);

  // Containers mostly learn of their own end in the same moment, with the true exit code.
  private static final Duration OWN_EXITS = Duration.ofSeconds(3);

  private final ExitWatch exits;
  private final Cgroups cgroups;
  private final ContainerEvents events;

  SandboxWatch(ExitWatch exits, Cgroups cgroups, ContainerEvents events) {
    this.exits = exits;
    this.cgroups = cgroups;
    this.events = events;
  }

  /** Watches a running sandbox until it ends. */
  void begin(Pod pod, Sandbox sandbox) {
    Thread.ofVirtual().name("sandbox-" + pod.id()).start(() -> watch(pod, sandbox));
  }

  private void watch(Pod pod, Sandbox sandbox) {
    // The thread is this pod's alone.
    LogFields.of(pod);
    String why;
    try {
      why = sandbox.awaitEnd();
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException e) {
      LOG.warn("pod sandbox {} can no longer be watched: {}", pod.id(), e.getMessage());
      why = "it can no longer be watched: " + e.getMessage();
    }
    end(pod, why);
  }

  /**
   * Takes note that a sandbox is over.
   *
   * @param why blank when it was asked to stop
   */
  void end(Pod pod, String why) {
    boolean outOfMemory = outOfMemory(pod);
    String note = why.isBlank() ? "it was stopped" : outOfMemory ? why + " (out of memory)" : why;
    boolean ready = observe(pod, note);
    Deadline ownExits = Deadline.after(OWN_EXITS);
    pod.containers()
        .forEach(container -> exits.endWithSandbox(container, ownExits, note, outOfMemory));
    pod.ended();
    if (ready) {
      if (!why.isBlank()) {
        LOG.warn("pod sandbox {} ended by itself: {}", pod.id(), note);
      }
      events.of(pod, ContainerEventType.CONTAINER_STOPPED_EVENT);
    }
  }

  /** Takes note of a sandbox that ended while no shim was there to see it. */
  void lost(Pod pod, String why) {
    if (observe(pod, why)) {
      LOG.warn("pod sandbox {} ended while no shim ran: {}", pod.id(), why);
    }
    pod.containers().forEach(container -> exits.lost(container, why));
    pod.ended();
  }

  private static boolean observe(Pod pod, String note) {
    AtomicBoolean wasReady = new AtomicBoolean();
    var _ =
        pod.observe(
            record -> {
              wasReady.set(record.phase() == Phase.READY);
              return wasReady.get() ? record.withPhase(Phase.ENDED, note) : record;
            });
    return wasReady.get();
  }

  private boolean outOfMemory(Pod pod) {
    SandboxRecord record = pod.record();
    try {
      return record.spec().cgroup().isPresent()
          && cgroups.oomKills(record.spec().cgroup().get()) > 0;
    } catch (RuntimeException gone) {
      return false;
    }
  }
}
