package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.WaitRequest;
import dev.cofferdam.microvm.guest.v1.WaitResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import dev.cofferdam.sandbox.SandboxException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/** The end of a container's first process. Thread-safe. */
final class ContainerExit {
  private final String containerId;
  private final GuestClient guest;
  private final SandboxEnd sandboxEnd;
  private final ContainerStreams streams;
  private final PendingExit status;
  private final AtomicBoolean watching = new AtomicBoolean();

  ContainerExit(
      String containerId, GuestClient guest, SandboxEnd sandboxEnd, ContainerStreams streams) {
    this.containerId = containerId;
    this.status = new PendingExit("container " + containerId);
    this.guest = guest;
    this.sandboxEnd = sandboxEnd;
    this.streams = streams;
  }

  /** To be called once the container has started. */
  void watch() {
    if (watching.compareAndSet(false, true)) {
      Thread.ofVirtual().name("microvm-wait-" + containerId).start(this::waitForIt);
    }
  }

  private void waitForIt() {
    try {
      WaitRequest request =
          WaitRequest.newBuilder().setProcess(GuestProcesses.first(containerId)).build();
      WaitResponse answer = guest.await(request, "waiting for container " + containerId);
      ExitStatus exit = GuestProcesses.exit(answer.getExit());
      streams.awaitOutput();
      status.ended(exit);
    } catch (InterruptedException e) {
      status.unknown(e);
    } catch (SandboxException e) {
      endedWithSandbox(e);
    } catch (RuntimeException e) {
      status.unknown(e);
    }
  }

  private void endedWithSandbox(SandboxException cause) {
    if (sandboxEnd.isRunning() && cause.code() != ErrorCode.NOT_FOUND) {
      status.unknown(cause);
      return;
    }
    String why = sandboxEnd.isRunning() ? "" : sandboxEnd.reason();
    status.ended(new ExitStatus(GuestProcesses.KILLED, false, Instant.now(), why));
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
