package dev.cofferdam.sandbox.testing;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waiting in tests: for something to come true, or for a call to return, but not for ever. */
public final class Eventually {
  public static final Duration TIMEOUT = Patience.of(Duration.ofSeconds(30));

  private Eventually() {}

  /** Asks until there is an answer. */
  public static <T> T get(String what, Supplier<Optional<T>> question) {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (System.nanoTime() - end < 0) {
      Optional<T> answer = question.get();
      if (answer.isPresent()) {
        return answer.get();
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    throw new AssertionError("not within " + TIMEOUT + ": " + what);
  }

  /** Makes a call that is to return in time, and gives what it returned. */
  public static <T> T returns(String what, Callable<T> call) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = Thread.ofPlatform().daemon().name(what).start(task);
    try {
      return task.get(TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("not within " + TIMEOUT + ": " + what, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new AssertionError(what, e);
    } finally {
      thread.interrupt();
    }
  }
}
