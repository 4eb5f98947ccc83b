package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import dev.cofferdam.shim.state.StateStore;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A container that this shim knows of. Thread-safe. */
public final class PodContainer {
  private final Pod pod;
  private final String id;
  private final Recorded<ContainerRecord> record;
  private final Turn turn;
  private final CompletableFuture<Void> exited = new CompletableFuture<>();
  private final AtomicBoolean stopSignalSent = new AtomicBoolean();
  private volatile @Nullable Container handle;

  /**
   * @param record as it is on disk
   */
  public PodContainer(Pod pod, ContainerRecord record, StateStore store) {
    this.pod = pod;
    this.id = record.id();
    this.record = new Recorded<>(record, store::save);
    this.turn = new Turn("container " + id);
    if (record.phase() == Phase.EXITED) {
      exited.complete(null);
    }
  }

  public Pod pod() {
    return pod;
  }

  public String id() {
    return id;
  }

  public ContainerRecord record() {
    return record.get();
  }

  /** The container inside its sandbox; empty once the sandbox is gone. */
  public Optional<Container> handle() {
    return Optional.ofNullable(handle);
  }

  public void runsAs(@Nullable Container container) {
    this.handle = container;
  }

  /**
   * The container, which runs.
   *
   * @throws SandboxException WRONG_STATE when it does not
   */
  public Container running() {
    Container running = handle;
    Phase phase = record().phase();
    if (running == null || phase != Phase.RUNNING) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE,
          "container " + id + " is not running, it is " + phase.name().toLowerCase(Locale.ROOT));
    }
    return running;
  }

  /** Waits for one's turn to start or remove it. */
  public Turn.Taken takeTurn(String act, Deadline deadline) {
    return turn.take(act, deadline);
  }

  /** Writes to disk what is about to be done. */
  public ContainerRecord announce(UnaryOperator<ContainerRecord> change) {
    return record.announce(change);
  }

  /**
   * Takes note of an exit; the first who does so is believed.
   *
   * @return whether this was the first
   */
  public boolean observeExit(long atNanos, int code, String reason, String message) {
    AtomicBoolean first = new AtomicBoolean();
    record.observe(
        now -> {
          if (now.phase() == Phase.EXITED) {
            return now;
          }
          first.set(true);
          return now.exited(atNanos, code, reason, message);
        });
    exited.complete(null);
    return first.get();
  }

  /** Takes note of what has happened. */
  public ContainerRecord observe(UnaryOperator<ContainerRecord> change) {
    return record.observe(change);
  }

  /** Whether it had exited by then. */
  public boolean awaitExited(Deadline deadline) {
    try {
      exited.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      throw Steps.failure("wait for container " + id, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** True for the first who asks: a container is asked to end once only. */
  public boolean mayAskToEnd() {
    return stopSignalSent.compareAndSet(false, true);
  }

  /** It could not be asked: the next one may. */
  public void wasNotAsked() {
    stopSignalSent.set(false);
  }

  void catchUp() {
    record.catchUp();
  }

  /** Nothing of it is written any more. */
  public void forget() {
    record.forget();
  }
}
