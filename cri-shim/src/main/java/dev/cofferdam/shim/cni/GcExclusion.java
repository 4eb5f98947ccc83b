package dev.cofferdam.shim.cni;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** GC runs alone (CNI specification, section 4); attachments exclude only GC. */
final class GcExclusion {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  /** Makes or ends an attachment; waits for a GC that runs. */
  <T> T attaching(Deadline deadline, Supplier<T> act) {
    try {
      if (!lock.readLock().tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "the network's plugins did not finish GC in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted while waiting for GC", e);
    }
    try {
      return act.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Does nothing, and gives false, while anything else is under way. */
  boolean alone(BooleanSupplier act) {
    if (!lock.writeLock().tryLock()) {
      return false;
    }
    try {
      return act.getAsBoolean();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
