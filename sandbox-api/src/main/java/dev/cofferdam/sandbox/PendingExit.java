package dev.cofferdam.sandbox;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How a process will have ended: a backend tells it once, and whoever waits gets the same answer.
 * Thread-safe.
 */
public final class PendingExit {
  private final String process;
  private final CompletableFuture<ExitStatus> status;

  /**
   * @param process for messages: "container 4f1c", say
   */
  public PendingExit(String process) {
    this(process, new CompletableFuture<>());
  }

  /**
   * @param status completes with the end
   */
  public PendingExit(String process, CompletableFuture<ExitStatus> status) {
    this.process = process;
    this.status = status;
  }

  /** It has ended so. What is told later doesn't count. */
  public void ended(ExitStatus how) {
    status.complete(how);
  }

  /** How it ends will not be known. A {@link SandboxException} reaches who waits with its code. */
  public void unknown(Throwable why) {
    status.completeExceptionally(why);
  }

  /** Whether all has been told. */
  public boolean isTold() {
    return status.isDone();
  }

  /**
   * Waits for the end.
   *
   * @throws SandboxException if it will not be known
   */
  public ExitStatus await() throws InterruptedException {
    try {
      return status.get();
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /**
   * Waits for the end, but not longer than this; empty if that is not enough.
   *
   * @throws SandboxException if it will not be known
   */
  public Optional<ExitStatus> await(Deadline deadline) throws InterruptedException {
    try {
      return Optional.of(status.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /** Waits until all has been told, known or not; false if that takes longer than this. */
  public boolean isToldBy(Deadline deadline) {
    try {
      return await(deadline).isPresent();
    } catch (SandboxException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private SandboxException failure(@Nullable Throwable cause) {
    return cause instanceof SandboxException known
        ? new SandboxException(known.code(), String.valueOf(known.getMessage()), known)
        : new SandboxException(ErrorCode.INTERNAL, "waiting for " + process + ": " + cause, cause);
  }
}
