package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;

/** A list that is streamed: containerd's messages as they are, then ours. */
final class MergedStream {
  /** Far below every limit on messages, as is the point of a streamed list. */
  private static final int MAX_OWN_MESSAGE_BYTES = 1 << 20;

  private MergedStream() {}

  static ServerCall.Listener<byte[]> start(
      Exchange exchange, PassThrough passThrough, CompletableFuture<byte[]> ours) {
    return passThrough.relay(
        exchange,
        (status, trailers) -> {
          if (status.isOk()) {
            var _ = ours.whenComplete((list, failure) -> end(exchange, list, failure, trailers));
          } else {
            exchange.caller().close(status, trailers);
          }
        });
  }

  private static void end(Exchange exchange, byte[] list, Throwable failure, Metadata trailers) {
    if (failure != null) {
      exchange.caller().fail(GrpcStatus.of(failure));
      return;
    }
    Wire.split(list, MAX_OWN_MESSAGE_BYTES).forEach(exchange::send);
    exchange.caller().close(Status.OK, trailers);
  }
}
