package dev.cofferdam.shim.front;

import io.grpc.Context;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The calls under way to containerd that make or end pod networks there, and moments without any:
 * what is asked for in such a moment waits until it is over. Calls begin and go on on the event
 * loop; they may end on any thread.
 */
public final class NetworkPause {
  private static final Set<String> METHODS =
      Set.of("RunPodSandbox", "StopPodSandbox", "RemovePodSandbox", "RestorePod");

  private final Executor loop;
  private final PassThrough passThrough;
  private final List<Waiting> waiting = new ArrayList<>();
  private int underWay;
  private boolean paused;

  /** When containerd may last have been left with a network half-made; at first: now. */
  private long troubledAt = System.nanoTime();

  NetworkPause(Executor loop, PassThrough passThrough) {
    this.loop = loop;
    this.passThrough = passThrough;
  }

  /** Hands a call to containerd, now or after the pause. */
  ServerCall.Listener<byte[]> relay(Exchange exchange) {
    if (!METHODS.contains(exchange.methodName())) {
      return passThrough.relay(exchange, exchange.caller()::close);
    }
    synchronized (this) {
      if (paused) {
        Waiting call = new Waiting(exchange);
        waiting.add(call);
        return call;
      }
      underWay++;
    }
    return begin(exchange);
  }

  private ServerCall.Listener<byte[]> begin(Exchange exchange) {
    return passThrough.relay(
        exchange,
        (status, trailers) -> {
          ended(status);
          exchange.caller().close(status, trailers);
        });
  }

  private synchronized void ended(Status status) {
    underWay--;
    if (!status.isOk()) {
      // containerd may be taking down what it had made: for a minute, by its own timeouts.
      troubledAt = System.nanoTime();
    }
  }

  /**
   * Runs {@code work} while no such call is under way; not on the event loop.
   *
   * @param quiet how long ago the last one that failed, or the shim's start, must be
   * @return false: there is no such moment now, and nothing was done
   */
  public boolean tryDuring(Duration quiet, Runnable work) {
    if (!pause(quiet)) {
      return false;
    }
    try {
      work.run();
      return true;
    } finally {
      resumeSoon();
    }
  }

  private synchronized boolean pause(Duration quiet) {
    if (paused || underWay > 0 || System.nanoTime() - troubledAt < quiet.toNanos()) {
      return false;
    }
    paused = true;
    return true;
  }

  private void resumeSoon() {
    try {
      loop.execute(this::resume);
    } catch (RejectedExecutionException e) {
      // Closed: so are the calls that waited.
    }
  }

  private void resume() {
    List<Waiting> calls;
    synchronized (this) {
      paused = false;
      calls = List.copyOf(waiting);
      waiting.clear();
      underWay += calls.size();
    }
    calls.forEach(Waiting::go);
  }

  private synchronized void forget(Waiting call) {
    waiting.remove(call);
  }

  /** A call that waits: its one message and its end are kept until then. */
  private final class Waiting extends ServerCall.Listener<byte[]> {
    private final Exchange exchange;

    /** The caller's deadline and cancellation. */
    private final Context context = Context.current();

    private byte @Nullable [] message;
    private boolean halfClosed;
    private ServerCall.@Nullable Listener<byte[]> relay;

    Waiting(Exchange exchange) {
      this.exchange = exchange;
    }

    void go() {
      context.run(this::begun);
    }

    private void begun() {
      ServerCall.Listener<byte[]> begun = begin(exchange);
      relay = begun;
      if (message != null) {
        begun.onMessage(message);
      }
      if (halfClosed) {
        begun.onHalfClose();
      }
    }

    @Override
    public void onMessage(byte[] bytes) {
      if (relay == null) {
        message = bytes;
      } else {
        relay.onMessage(bytes);
      }
    }

    @Override
    public void onHalfClose() {
      if (relay == null) {
        halfClosed = true;
      } else {
        relay.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (relay != null) {
        relay.onReady();
      }
    }

    @Override
    public void onCancel() {
      if (relay == null) {
        forget(this);
        exchange.caller().gone();
        exchange.bytes().done();
      } else {
        relay.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (relay != null) {
        relay.onComplete();
      }
    }
  }
}
