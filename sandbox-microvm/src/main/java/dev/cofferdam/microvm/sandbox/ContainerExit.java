package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.WaitRequest;
import dev.cofferdam.microvm.guest.v1.WaitResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.SandboxException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The end of a container's first process. Thread-safe. */
final class ContainerExit {
  private final String containerId;
  private final GuestClient guest;
  private final SandboxEnd sandboxEnd;
  private final ContainerStreams streams;
  private final CompletableFuture<ExitStatus> status = new CompletableFuture<>();
  private final AtomicBoolean watching = new AtomicBoolean();

  ContainerExit(
      String containerId, GuestClient guest, SandboxEnd sandboxEnd, ContainerStreams streams) {
    this.containerId = containerId;
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
      status.complete(exit);
    } catch (InterruptedException e) {
      status.completeExceptionally(e);
    } catch (SandboxException e) {
      endedWithSandbox(e);
    } catch (RuntimeException e) {
      status.completeExceptionally(e);
    }
  }

  private void endedWithSandbox(SandboxException cause) {
    if (sandboxEnd.isRunning() && cause.code() != ErrorCode.NOT_FOUND) {
      status.completeExceptionally(cause);
      return;
    }
    String why = sandboxEnd.isRunning() ? "" : sandboxEnd.reason();
    status.complete(new ExitStatus(GuestProcesses.KILLED, false, Instant.now(), why));
  }

  ExitStatus await() throws InterruptedException {
    try {
      return status.get();
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  boolean hasEnded(Deadline deadline) {
    try {
      status.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whoever still waits for a container that never started is told so. */
  void deleted() {
    if (!watching.get()) {
      status.completeExceptionally(
          new SandboxException(
              ErrorCode.WRONG_STATE,
              "container " + containerId + " was deleted without ever having been started"));
    }
  }

  private SandboxException failure(@Nullable Throwable cause) {
    return cause instanceof SandboxException known
        ? new SandboxException(known.code(), String.valueOf(known.getMessage()), known)
        : new SandboxException(
            ErrorCode.INTERNAL, "waiting for container " + containerId + ": " + cause, cause);
  }
}
