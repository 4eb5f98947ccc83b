package dev.cofferdam.shim.front;

import com.google.protobuf.Message;
import java.util.function.Consumer;

/**
 * Our own container events, as GetContainerEvents sends them.
 *
 * @param <E> ContainerEventResponse
 */
@FunctionalInterface
public interface EventSource<E extends Message> {

  /**
   * Hands every event from now on to {@code listener}, in order and from one thread at a time,
   * until the result is closed. The listener does not block; one that falls behind is cut off by
   * the front.
   */
  Subscription subscribe(Consumer<E> listener);

  /** Ends a subscription; closing it again does nothing. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
