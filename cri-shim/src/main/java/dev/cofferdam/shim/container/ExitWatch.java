package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.LogFields;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Learns of each container's exit, on a virtual thread of its own. */
public final class ExitWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ExitWatch.class);

  // As containerd names them; kubelet and people read these.
  private static final String COMPLETED = "Completed";
  private static final String ERROR = "Error";
  private static final String OUT_OF_MEMORY = "OOMKilled";
  private static final String UNKNOWN = "Unknown";

  private static final String WITH_SANDBOX = "the pod's sandbox ended: ";

  /** What a process killed by SIGKILL leaves. */
  private static final int KILLED = 137;

  /** What containerd reports of a process whose end nobody saw. */
  private static final int UNSEEN = 255;

  private final Logs logs;
  private final ContainerEvents events;

  public ExitWatch(Logs logs, ContainerEvents events) {
    this.logs = logs;
    this.events = events;
  }

  /** Watches a running container until it exits. */
  public void begin(PodContainer container, Container handle) {
    Thread.ofVirtual().name("container-" + container.id()).start(() -> watch(container, handle));
  }

  private void watch(PodContainer container, Container handle) {
    // The thread is this container's alone.
    LogFields.of(container);
    ExitStatus exit;
    try {
      exit = handle.awaitExit();
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException e) {
      // The end of the sandbox, which is watched too, says what became of it.
      LOG.warn("container {} can no longer be watched: {}", container.id(), e.getMessage());
      return;
    }
    exited(container, exit);
  }

  /** Takes note of an exit. */
  public void exited(PodContainer container, ExitStatus exit) {
    String reason = exit.outOfMemory() ? OUT_OF_MEMORY : exit.code() == 0 ? COMPLETED : ERROR;
    String message = exit.why().isBlank() ? "" : WITH_SANDBOX + exit.why();
    finish(container, Clocks.nanos(exit.at()), exit.code(), reason, message);
  }

  /** The sandbox is over, so the container is too: with its own exit if that is known by then. */
  public void endWithSandbox(
      PodContainer container, Deadline ownExit, String why, boolean outOfMemory) {
    if (running(container) && !container.awaitExited(ownExit)) {
      String reason = outOfMemory ? OUT_OF_MEMORY : ERROR;
      finish(container, Clocks.nanos(), KILLED, reason, WITH_SANDBOX + why);
    }
    neverRuns(container, why);
  }

  /** The sandbox ended while no shim was there to see it. */
  public void lost(PodContainer container, String why) {
    if (running(container)) {
      finish(container, Clocks.nanos(), UNSEEN, UNKNOWN, "nobody saw it end: " + why);
    }
    neverRuns(container, why);
  }

  private static boolean running(PodContainer container) {
    Phase phase = container.record().phase();
    return phase == Phase.RUNNING || phase == Phase.STARTING;
  }

  private void neverRuns(PodContainer container, String why) {
    if (container.record().phase() == Phase.CREATED) {
      finish(container, Clocks.nanos(), KILLED, ERROR, "it never ran; the sandbox ended: " + why);
    }
    container.runsAs(null);
  }

  private void finish(PodContainer container, long at, int code, String reason, String message) {
    try {
      // Who sees that it has exited may read its log at once.
      logs.finish(container.id());
    } catch (RuntimeException e) {
      LOG.warn("the log of container {} may lack its end: {}", container.id(), e.getMessage());
    }
    if (container.observeExit(at, code, reason, message)) {
      events.of(container, ContainerEventType.CONTAINER_STOPPED_EVENT);
    }
  }
}
