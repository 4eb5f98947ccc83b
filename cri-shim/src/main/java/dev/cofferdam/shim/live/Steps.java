package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.CallObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A list of acts, each with its undo beside it. An undo is registered before its act, since an act
 * that fails half-way leaves something too: so undos must bear that there is nothing to undo. Used
 * by one thread, which may let single steps go on {@link #beside} it; {@link #current} may be asked
 * by any.
 */
public final class Steps {
  private final Deque<Registered> undos = new ArrayDeque<>();
  private final Watch watch;
  private volatile String current = "start";
  private volatile Optional<Beside<?>> beside = Optional.empty();

  public Steps() {
    this((step, nanos, done) -> {});
  }

  /**
   * @param watch is told how long each step took
   */
  public Steps(Watch watch) {
    this.watch = watch;
  }

  /** Who wants to know of each step that is over. */
  @FunctionalInterface
  public interface Watch {
    void over(String step, long nanos, boolean done);
  }

  /** Something that is done, and may fail. */
  @FunctionalInterface
  public interface Act<T> {
    T run() throws Exception;
  }

  /** Something that is done for its effect, and may fail. */
  @FunctionalInterface
  public interface Effect {
    void run() throws Exception;
  }

  private record Registered(String step, Effect undo) {}

  /**
   * Does one step.
   *
   * @param name as in "could not NAME"
   */
  public <T> T run(String name, Act<T> act, Effect undo) {
    undos.push(new Registered(name, undo));
    return run(name, act);
  }

  /** Does one step that leaves nothing behind. */
  public <T> T run(String name, Act<T> act) {
    current = name;
    long start = System.nanoTime();
    boolean done = false;
    try {
      T result = act.run();
      done = true;
      return result;
    } catch (Exception e) {
      throw failure(name, e);
    } finally {
      long nanos = System.nanoTime() - start;
      watch.over(name, nanos, done);
      CallObserver.Call.current().step(name, nanos, done);
    }
  }

  /**
   * Begins one step that goes on beside those that follow; the caller awaits it before the list is
   * done. Its undo waits for its end first.
   *
   * @param patience longest that its undo waits; the act itself must end before
   */
  public <T> Beside<T> beside(String name, Act<T> act, Effect undo, Duration patience) {
    Beside<T> step = new Beside<>(name, act, watch);
    undos.push(
        new Registered(
            name,
            () -> {
              step.awaitEnd(Deadline.after(patience));
              undo.run();
            }));
    beside = Optional.of(step);
    step.begin();
    return step;
  }

  /** As {@link #run(String, Act, Effect)}, without a result. */
  public void effect(String name, Effect act, Effect undo) {
    undos.push(new Registered(name, undo));
    effect(name, act);
  }

  /** As {@link #run(String, Act)}, without a result. */
  public void effect(String name, Effect act) {
    boolean _ =
        run(
            name,
            () -> {
              act.run();
              return true;
            });
  }

  /**
   * Undoes all steps, the last one first. One that cannot be undone does not keep the others from
   * it.
   *
   * @return what could not be undone, each with why; empty when nothing is left
   */
  public List<String> undo() {
    // A caller that was interrupted still has to clean up after itself.
    boolean interrupted = Thread.interrupted();
    List<String> left = new ArrayList<>();
    while (!undos.isEmpty()) {
      Registered registered = undos.pop();
      current = "undo: " + registered.step;
      try {
        registered.undo.run();
      } catch (Exception e) {
        left.add("undo \"" + registered.step + "\": " + message(e));
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return left;
  }

  /** The step that is being done, for whoever waits for it; with the one that goes on beside it. */
  public String current() {
    String now = current;
    return beside.filter(Beside::runs).map(step -> now + " and " + step.name()).orElse(now);
  }

  /** Any failure as one with a code; the step's name is added to what does not say it itself. */
  public static SandboxException failure(String name, Exception e) {
    if (e instanceof SandboxException coded) {
      return coded;
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while trying to " + name + "; repeat it", e);
    }
    return new SandboxException(ErrorCode.INTERNAL, "could not " + name + ": " + message(e), e);
  }

  static String message(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.toString() : message;
  }
}
