package dev.cofferdam.shim.front;

import com.google.protobuf.Message;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** Containerd's container events and ours in one stream, each as it happens. */
final class MergedEvents extends ServerCall.Listener<byte[]> {
  /** What a reader may be behind with; kubelet lists anew after it was cut off. */
  private static final int MAX_WAITING = 1024;

  private final Exchange exchange;
  private final Consumer<MergedEvents> onEnd;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private final EventSource.Subscription subscription;
  private final ServerCall.Listener<byte[]> containerds;

  private <R extends Message> MergedEvents(
      Route.MergedEvents<?, R> route,
      Exchange exchange,
      PassThrough passThrough,
      Consumer<MergedEvents> onEnd) {
    this.exchange = exchange;
    this.onEnd = onEnd;
    this.subscription = route.events().subscribe(event -> offer(event.toByteArray()));
    this.containerds =
        passThrough.relay(
            exchange,
            (status, trailers) -> {
              subscription.close();
              exchange.caller().close(status, trailers);
            });
  }

  static MergedEvents start(
      Route.MergedEvents<?, ?> route,
      Exchange exchange,
      PassThrough passThrough,
      Consumer<MergedEvents> onEnd) {
    return new MergedEvents(route, exchange, passThrough, onEnd);
  }

  /** Ends the stream from this side; it would never end by itself. */
  void stop() {
    exchange.caller().fail(Status.UNAVAILABLE.withDescription("the shim is stopping"));
    onCancel();
  }

  private void offer(byte[] event) {
    synchronized (waiting) {
      if (waiting.size() < MAX_WAITING) {
        waiting.add(event);
        sendWhatWaits();
        return;
      }
    }
    exchange
        .caller()
        .fail(
            Status.RESOURCE_EXHAUSTED.withDescription(
                "%d container events are waiting to be read".formatted(MAX_WAITING)));
    onCancel();
  }

  private void sendWhatWaits() {
    synchronized (waiting) {
      while (!waiting.isEmpty() && exchange.caller().isReady()) {
        exchange.caller().message(waiting.remove());
      }
    }
  }

  @Override
  public void onMessage(byte[] message) {
    containerds.onMessage(message);
  }

  @Override
  public void onHalfClose() {
    containerds.onHalfClose();
  }

  @Override
  public void onReady() {
    sendWhatWaits();
    containerds.onReady();
  }

  @Override
  public void onCancel() {
    onEnd.accept(this);
    subscription.close();
    containerds.onCancel();
  }

  @Override
  public void onComplete() {
    onEnd.accept(this);
    subscription.close();
    containerds.onComplete();
  }
}
