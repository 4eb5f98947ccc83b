package dev.cofferdam.microvm.guest;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.guest.v1.GuestGrpc;
import dev.cofferdam.microvm.guest.v1.GuestGrpc.GuestBlockingStub;
import dev.cofferdam.microvm.guest.v1.OutputChunk;
import dev.cofferdam.microvm.guest.v1.OutputRequest;
import dev.cofferdam.microvm.guest.v1.WaitRequest;
import dev.cofferdam.microvm.guest.v1.WaitResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The agent of one guest. Every call is repeatable, so one whose connection broke is made again
 * until its deadline, while the guest is still there. Thread-safe; calls block.
 */
public final class GuestClient implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** For what has no deadline: a guest may hang up each time, for as long as it likes. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final BooleanSupplier running;

  /**
   * @param running whether the machine still runs: else there is nobody to ask again
   */
  public GuestClient(GuestLoop loop, Path vsock, BooleanSupplier running) {
    this.channel = loop.connect(vsock);
    this.running = running;
  }

  /**
   * Makes a call.
   *
   * @param action what is tried, on what; begins the message
   */
  public <R> R call(String action, Deadline deadline, Function<GuestBlockingStub, R> call) {
    while (true) {
      try {
        long nanos = Math.max(1, deadline.remaining().toNanos());
        GuestBlockingStub stub = GuestGrpc.newBlockingStub(channel);
        return call.apply(stub.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS));
      } catch (StatusRuntimeException e) {
        Status status = e.getStatus();
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
          throw late(action, e);
        }
        if (!GuestErrors.isDisconnected(status)) {
          throw GuestErrors.of(action, status, e);
        }
        pauseOrGiveUp(action, deadline, PAUSE, e);
      }
    }
  }

  private void pauseOrGiveUp(
      String action, Deadline deadline, Duration pause, StatusRuntimeException e) {
    if (!running.getAsBoolean()) {
      throw new SandboxException(ErrorCode.UNAVAILABLE, action + ": the guest no longer runs", e);
    }
    if (deadline.passed()) {
      throw late(action, e);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw Failures.interrupted(action, new InterruptedException());
    }
    LockSupport.parkNanos(pause.toNanos());
    // Else gRPC itself waits, longer after each try.
    channel.resetConnectBackoff();
  }

  private static SandboxException late(String action, StatusRuntimeException e) {
    return new SandboxException(
        ErrorCode.DEADLINE_EXCEEDED, action + ": the guest did not answer in time", e);
  }

  /**
   * Waits for a process's end, without a deadline: until it has ended, or the machine has.
   *
   * @throws SandboxException UNAVAILABLE: the machine ended first
   */
  public WaitResponse await(WaitRequest request, String action) {
    Duration pause = PAUSE;
    while (true) {
      try {
        return GuestGrpc.newBlockingStub(channel).wait(request);
      } catch (StatusRuntimeException e) {
        if (!GuestErrors.isDisconnected(e.getStatus())) {
          throw GuestErrors.of(action, e.getStatus(), e);
        }
        pauseOrGiveUp(action, Deadline.after(Duration.ofDays(1)), pause, e);
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      }
    }
  }

  /** What is done with a chunk of output, before the next is asked for. */
  public interface ChunkReader {
    /** Takes a chunk; gives whether to go on. */
    boolean take(OutputChunk chunk) throws InterruptedException;
  }

  /**
   * Reads a stream until its end.
   *
   * @throws SandboxException WRONG_STATE: another reader took over; UNAVAILABLE: the connection
   *     broke
   */
  public void output(OutputRequest request, String action, ChunkReader reader)
      throws InterruptedException {
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      Iterator<OutputChunk> chunks = GuestGrpc.newBlockingStub(channel).output(request);
      while (chunks.hasNext()) {
        if (!reader.take(chunks.next())) {
          return;
        }
      }
    } catch (StatusRuntimeException e) {
      throw GuestErrors.of(action, e.getStatus(), e);
    } finally {
      context.detach(before);
      context.cancel(null);
    }
  }

  public boolean isRunning() {
    return running.getAsBoolean();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
