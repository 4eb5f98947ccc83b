package dev.cofferdam.lab;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Tells what is being done and how long each step took. */
public final class Progress {
  private final PrintStream out;
  private final long start = System.nanoTime();

  public Progress(PrintStream out) {
    this.out = out;
  }

  /** A step that may throw anything. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  public void step(String what, Step step) {
    compute(
        what,
        () -> {
          step.run();
          return Boolean.TRUE;
        });
  }

  /** Runs the step and prints its name and time; its failure names the step. */
  public <T> T compute(String what, Callable<T> step) {
    long begun = System.nanoTime();
    try {
      T result = step.call();
      out.printf("[%5.1f s] %s: %.1f s%n", seconds(start), what, seconds(begun));
      return result;
    } catch (LabException e) {
      throw new LabException(what + ": " + e.getMessage());
    } catch (Exception e) {
      throw new LabException(what, e);
    }
  }

  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
