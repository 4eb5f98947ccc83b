package dev.cofferdam.shim.front;

import dev.cofferdam.sandbox.Deadline;
import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How long the call being answered on this thread may take. */
public final class CallDeadline {
  private CallDeadline() {}

  /**
   * The caller's deadline, or {@code limit} from now where that is earlier or the caller has none.
   */
  public static Deadline atMost(Duration limit) {
    io.grpc.Deadline callers = Context.current().getDeadline();
    return callers == null
        ? Deadline.after(limit)
        : Deadline.after(Duration.ofNanos(callers.timeRemaining(TimeUnit.NANOSECONDS)))
            .atMost(limit);
  }
}
