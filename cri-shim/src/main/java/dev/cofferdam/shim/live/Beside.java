package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.CallObserver;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.MDC;

/**
 * A step of {@link Steps} that goes on in a thread of its own. Thread-safe.
 *
 * @param <T> what it gives
 */
public final class Beside<T> {
  private final String name;
  private final FutureTask<T> task;

  Beside(String name, Steps.Act<T> act, Steps.Watch watch) {
    this.name = name;
    // What is said and measured of it belongs to the call that began it.
    Map<String, String> fields = MDC.getCopyOfContextMap();
    CallObserver.Call call = CallObserver.Call.current();
    this.task =
        new FutureTask<>(
            () -> {
              if (fields != null) {
                MDC.setContextMap(fields);
              }
              long start = System.nanoTime();
              boolean done = false;
              try {
                T result = act.run();
                done = true;
                return result;
              } finally {
                long nanos = System.nanoTime() - start;
                watch.over(name, nanos, done);
                call.step(name, nanos, done);
              }
            });
  }

  void begin() {
    Thread _ = Thread.ofVirtual().name("beside").start(task);
  }

  String name() {
    return name;
  }

  boolean runs() {
    return !task.isDone();
  }

  /**
   * Waits for what it gives.
   *
   * @throws SandboxException with which it failed; DEADLINE_EXCEEDED when it is not done in time
   */
  public T await(Deadline deadline) {
    try {
      return task.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw Steps.failure(name, e.getCause() instanceof Exception cause ? cause : e);
    } catch (TimeoutException e) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED, "could not " + name + ": it takes too long", e);
    } catch (InterruptedException e) {
      throw Steps.failure(name, e);
    }
  }

  /** Waits until it is over, however it went. */
  void awaitEnd(Deadline deadline) throws InterruptedException, TimeoutException {
    try {
      T _ = task.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      // Whoever awaits its result is told.
    }
  }
}
