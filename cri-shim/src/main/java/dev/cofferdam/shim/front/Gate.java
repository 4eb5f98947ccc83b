package dev.cofferdam.shim.front;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way in for calls about our pods. It is held while they change hands: calls wait, and go on
 * here, or to the next shim, when that is decided. Thread-safe.
 */
final class Gate {
  private enum State {
    OPEN,
    HELD,
    PASSED_ON
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile State state = State.OPEN;
  private int inside;

  /**
   * Waits for as long as the gate is held.
   *
   * @return false: the call is the next shim's, and nobody has entered
   */
  boolean enter() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (state == State.HELD) {
        changed.await();
      }
      if (state == State.PASSED_ON) {
        return false;
      }
      inside++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      inside--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets nobody in any more and waits until all have left.
   *
   * @return false: it took too long, and the gate is open again
   */
  boolean hold(Duration patience) throws InterruptedException {
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      if (state != State.OPEN) {
        return false;
      }
      state = State.HELD;
      while (inside > 0) {
        if (left <= 0) {
          set(State.OPEN);
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      set(State.OPEN);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** Those who wait go on here. */
  void open() {
    lock.lock();
    try {
      set(State.OPEN);
    } finally {
      lock.unlock();
    }
  }

  /** Those who wait, and all that come, are the next shim's. */
  void passOn() {
    lock.lock();
    try {
      set(State.PASSED_ON);
    } finally {
      lock.unlock();
    }
  }

  boolean passedOn() {
    return state == State.PASSED_ON;
  }

  /** The caller has the lock. */
  private void set(State next) {
    state = next;
    changed.signalAll();
  }
}
