package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.Failures;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A step that goes on beside what is done until it is closed, which waits for it. */
final class Meanwhile implements AutoCloseable {
  private final ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
  private final Future<?> step;

  private Meanwhile(Runnable step) {
    this.step = thread.submit(step);
  }

  static Meanwhile does(Runnable step) {
    return new Meanwhile(step);
  }

  /**
   * Throws what the step threw. Whoever waits here and is interrupted waits on, for what the step
   * makes is to be undone after it only; steps have deadlines of their own.
   */
  @Override
  public void close() {
    try (thread) {
      var _ = step.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for a step of a sandbox's start", e);
    }
  }
}
