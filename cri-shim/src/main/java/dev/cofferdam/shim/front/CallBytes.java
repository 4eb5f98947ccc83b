package dev.cofferdam.shim.front;

import io.grpc.ClientStreamTracer;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of messages on their way, counted as the bytes arrive (not when a message is
 * whole: by then the memory is taken) until they have left again. Thread-safe.
 */
final class CallBytes {
  /** Free of charge in each direction, so that small calls pass whatever large ones do. */
  private static final long FREE_BYTES = 64 << 10;

  private static final Status TOO_MUCH_IN_FLIGHT =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "too many bytes are on their way through the shim; try again later");

  private static final Context.Key<CallBytes> KEY = Context.key("cofferdam-call-bytes");

  private final Direction request = new Direction();
  private final Direction response = new Direction();
  private @Nullable ByteBudget budget;
  private @Nullable Consumer<Status> onExceeded;
  private volatile boolean started;

  /**
   * Makes one for each call that a server takes; a handler finds it with {@link #ofThisCall}. They
   * also hold requests to their limit, because grpc-java's own check resets the stream, and the
   * caller would read CANCELLED where a Go server answers RESOURCE_EXHAUSTED.
   */
  static ServerStreamTracer.Factory serverTracers(int maxRequestBytes) {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
        CallBytes bytes = new CallBytes();
        return new ServerStreamTracer() {
          private long ofThisMessage;

          @Override
          public Context filterContext(Context context) {
            return context.withValue(KEY, bytes);
          }

          @Override
          public void inboundMessage(int number) {
            ofThisMessage = 0;
          }

          @Override
          public void inboundWireSize(long arrived) {
            ofThisMessage += arrived;
            if (ofThisMessage > maxRequestBytes) {
              bytes.exceed(
                  Status.RESOURCE_EXHAUSTED.withDescription(
                      "grpc: received message larger than max (more than %d bytes)"
                          .formatted(maxRequestBytes)));
            }
            bytes.arrived(bytes.request, arrived);
          }
        };
      }
    };
  }

  static CallBytes ofThisCall() {
    CallBytes bytes = KEY.get();
    return bytes == null ? new CallBytes() : bytes;
  }

  /** Counts what containerd answers; and tells when the call has reached a connection. */
  ClientStreamTracer.Factory clientTracers() {
    return new ClientStreamTracer.Factory() {
      @Override
      public ClientStreamTracer newClientStreamTracer(
          ClientStreamTracer.StreamInfo info, Metadata headers) {
        return new ClientStreamTracer() {
          @Override
          public void outboundHeaders() {
            started = true;
          }

          @Override
          public void inboundWireSize(long arrived) {
            arrived(response, arrived);
          }
        };
      }
    };
  }

  /** Whether the call's headers have gone out to containerd. */
  boolean reachedContainerd() {
    return started;
  }

  /** From here on the bytes are charged. {@code onExceeded} ends the call; it is run once. */
  synchronized void charge(ByteBudget budget, Consumer<Status> onExceeded) {
    this.budget = budget;
    this.onExceeded = onExceeded;
  }

  /** An answer of our own, of this size, is about to be sent. */
  void responseMade(long size) {
    arrived(response, size);
  }

  void requestLeft() {
    left(request);
  }

  void responseLeft() {
    left(response);
  }

  /** The call is over: nothing of it is held any more. */
  synchronized void done() {
    left(request);
    left(response);
    budget = null;
    onExceeded = null;
  }

  private void arrived(Direction direction, long bytes) {
    if (!take(direction, bytes)) {
      exceed(TOO_MUCH_IN_FLIGHT);
    }
  }

  private synchronized boolean take(Direction direction, long bytes) {
    direction.held += bytes;
    long owed = Math.max(0, direction.held - FREE_BYTES) - direction.charged;
    if (owed <= 0 || budget == null) {
      return true;
    }
    if (!budget.take(owed)) {
      return false;
    }
    direction.charged += owed;
    return true;
  }

  private void exceed(Status status) {
    Consumer<Status> exceeded;
    synchronized (this) {
      exceeded = onExceeded;
      onExceeded = null;
    }
    if (exceeded != null) {
      exceeded.accept(status);
    }
  }

  private synchronized void left(Direction direction) {
    if (budget != null) {
      budget.giveBack(direction.charged);
    }
    direction.charged = 0;
    direction.held = 0;
  }

  private static final class Direction {
    long held;
    long charged;
  }
}
