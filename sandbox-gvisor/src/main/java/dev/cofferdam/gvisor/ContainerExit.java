package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How a container's first process ends. One virtual thread waits in a call on the control socket,
 * which the sentry answers early, late and again; whoever asks here gets the same answer.
 */
final class ContainerExit {

  /** What a process killed by SIGKILL exits with. */
  private static final int KILLED = 137;

  private static final int SIGNAL_BITS = 0x7f;
  private static final int SIGKILL = 9;

  /** The sentry kills a container whose gofer has gone (runsc/boot/loader.go), and does not say. */
  private static final String KILLED_BY_OTHERS =
      "it was killed with SIGKILL, by a process of its pod or because its gofer, the process on the"
          + " node that serves its files, had ended";

  private final String containerId;
  private final Control control;
  private final SandboxEnd sandboxEnd;
  private final ContainerLimits limits;
  private final PendingExit status;
  private final AtomicBoolean watching = new AtomicBoolean();
  private volatile boolean wanted;

  ContainerExit(
      String containerId, Control control, SandboxEnd sandboxEnd, ContainerLimits limits) {
    this.containerId = containerId;
    this.status = new PendingExit("container " + containerId);
    this.control = control;
    this.sandboxEnd = sandboxEnd;
    this.limits = limits;
  }

  /** From now on its end is wanted. */
  void wanted() {
    wanted = true;
  }

  /** To be called once the container has started. */
  void watch() {
    if (watching.compareAndSet(false, true)) {
      Thread.ofVirtual().name("gvisor-wait-" + containerId).start(this::waitForIt);
    }
  }

  private void waitForIt() {
    try {
      int waitStatus = control.awaitExit(containerId);
      ExitStatus exit = ExitStatus.ofWaitStatus(waitStatus, false, Instant.now());
      boolean outOfMemory = exit.code() == KILLED && limits.outOfMemory();
      limits.ended();
      boolean byOthers = (waitStatus & SIGNAL_BITS) == SIGKILL && !outOfMemory && !wanted;
      String why = byOthers ? KILLED_BY_OTHERS : "";
      status.ended(new ExitStatus(exit.code(), outOfMemory, exit.at(), why));
    } catch (IOException | Refused e) {
      endedWithSandbox(e);
    } catch (InterruptedException | RuntimeException e) {
      status.unknown(e);
    }
  }

  /** The sentry broke off, or does not know the container: both happen at its own end. */
  private void endedWithSandbox(Exception cause) {
    try {
      if (cause instanceof IOException) {
        sandboxEnd.await();
      } else if (sandboxEnd.isRunning()) {
        status.unknown(
            new SandboxException(
                ErrorCode.NOT_FOUND,
                "the sentry does not know container " + containerId + ": " + cause.getMessage(),
                cause));
        return;
      }
      limits.endedWithSandbox();
      boolean outOfMemory = limits.outOfMemory() || (sandboxEnd.outOfMemory() && limits.blamed());
      status.ended(new ExitStatus(KILLED, outOfMemory, Instant.now(), sandboxEnd.reason()));
    } catch (InterruptedException | RuntimeException e) {
      status.unknown(e);
    }
  }

  ExitStatus await() throws InterruptedException {
    return status.await();
  }

  boolean hasEnded(Deadline deadline) {
    return status.isToldBy(deadline);
  }

  /** Whoever still waits for a container that never started is told so. */
  void deleted() {
    if (!watching.get()) {
      status.unknown(
          new SandboxException(
              ErrorCode.WRONG_STATE,
              "container " + containerId + " was deleted without ever having been started"));
    }
  }
}
