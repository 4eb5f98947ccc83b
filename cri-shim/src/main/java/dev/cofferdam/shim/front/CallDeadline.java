package dev.cofferdam.shim.front;

import dev.cofferdam.sandbox.Deadline;
import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How long the {@link OwnCall} on this thread may take, and whether anybody still waits for it. */
public final class CallDeadline {
  /** The context that ends with the caller; the call itself runs in one that does not. */
  private static final Context.Key<Context> CALLER = Context.key("cofferdam-caller");

  private CallDeadline() {}

  /** A context for work that goes on when its caller, who is in the current one, goes away. */
  static Context outlivingTheCaller() {
    Context caller = Context.current();
    return caller.fork().withValue(CALLER, caller);
  }

  /** The caller's deadline, or {@code limit} from now where that is earlier or there is none. */
  public static Deadline atMost(Duration limit) {
    Context caller = CALLER.get();
    io.grpc.@Nullable Deadline callers = caller == null ? null : caller.getDeadline();
    return callers == null
        ? Deadline.after(limit)
        : Deadline.after(Duration.ofNanos(callers.timeRemaining(TimeUnit.NANOSECONDS)))
            .atMost(limit);
  }

  /** Whether the caller has cancelled the call, disconnected, or run out of time. */
  public static boolean callerIsGone() {
    Context caller = CALLER.get();
    return caller != null && caller.isCancelled();
  }

  /** Runs a short task once the caller is gone; at once when it is gone already. */
  public static void whenCallerIsGone(Runnable task) {
    Context caller = CALLER.get();
    if (caller != null) {
      caller.addListener(context -> task.run(), Runnable::run);
    }
  }
}
