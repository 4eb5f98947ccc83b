package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Names that something is being made under, or was. A second call for the same name waits for the
 * first and gets what it made, so that a caller who gave up at its deadline finds the result when
 * it comes back. Thread-safe.
 */
public final class Names {
  private final ConcurrentMap<String, Making> names = new ConcurrentHashMap<>();

  private record Making(CompletableFuture<String> id, Supplier<String> stage) {}

  /** What a name stands for. */
  public record Made(String id, boolean now) {}

  /** The name is taken by what exists already. */
  public void taken(String name, String id) {
    names.put(name, new Making(CompletableFuture.completedFuture(id), () -> "done"));
  }

  /**
   * Makes what is not there yet.
   *
   * @param make gives the ID
   * @param stage what {@code make} is doing, for those who wait
   * @throws SandboxException what {@code make} threw, for all who waited; DEADLINE_EXCEEDED when
   *     another's making does not end in time
   */
  public Made make(String name, Supplier<String> make, Supplier<String> stage, Deadline deadline) {
    Making mine = new Making(new CompletableFuture<>(), stage);
    Making first = names.putIfAbsent(name, mine);
    if (first != null) {
      return new Made(await(name, first, deadline), false);
    }
    try {
      String id = make.get();
      mine.id.complete(id);
      return new Made(id, true);
    } catch (Throwable e) {
      names.remove(name, mine);
      mine.id.completeExceptionally(e);
      throw e;
    }
  }

  /** Nothing has the name any more; only if it stands for this ID. */
  public void free(String id) {
    for (Map.Entry<String, Making> entry : names.entrySet()) {
      CompletableFuture<String> made = entry.getValue().id;
      if (made.isDone() && !made.isCompletedExceptionally() && id.equals(made.join())) {
        names.remove(entry.getKey(), entry.getValue());
      }
    }
  }

  private static String await(String name, Making first, Deadline deadline) {
    try {
      return first.id.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED,
          "an earlier call is still making \""
              + name
              + "\" (step: "
              + first.stage.get()
              + "); repeat this one to get its result",
          e);
    } catch (InterruptedException e) {
      throw Steps.failure("wait for the making of " + name, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      ErrorCode code = cause instanceof SandboxException coded ? coded.code() : ErrorCode.INTERNAL;
      throw new SandboxException(code, Steps.message(cause), cause);
    }
  }
}
