package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** One change at a time of one thing, where who waits learns for what. Thread-safe. */
public final class Turn {
  private final String of;
  private final ReentrantLock lock = new ReentrantLock(true);
  private volatile String act = "";

  Turn(String of) {
    this.of = of;
  }

  /** Ends the turn. */
  public interface Taken extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for the turn.
   *
   * @throws SandboxException UNAVAILABLE when it does not come in time
   */
  Taken take(String next, Deadline deadline) {
    try {
      if (!lock.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SandboxException(
            ErrorCode.UNAVAILABLE,
            "could not " + next + " " + of + ": it is busy (" + act + "); repeat it later");
      }
    } catch (InterruptedException e) {
      throw Steps.failure(next + " " + of, e);
    }
    act = next;
    return lock::unlock;
  }
}
