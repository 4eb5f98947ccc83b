package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.Failures;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A step that goes on beside what is done until it is closed, which waits for it. */
final class Meanwhile implements AutoCloseable {
  private final FutureTask<Void> step;

  private Meanwhile(Runnable step) {
    this.step = new FutureTask<>(step, null);
  }

  static Meanwhile does(Runnable step) {
    Meanwhile meanwhile = new Meanwhile(step);
    Thread.ofVirtual().start(meanwhile.step);
    return meanwhile;
  }

  /** Throws what the step threw. Steps have deadlines of their own. */
  @Override
  public void close() {
    try {
      var _ = step.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      step.cancel(true);
      throw Failures.interrupted("waiting for a step of a sandbox's start", e);
    }
  }
}
