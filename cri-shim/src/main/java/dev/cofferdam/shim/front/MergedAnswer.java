package dev.cofferdam.shim.front;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One answer out of containerd's and ours: whole, or an error. */
final class MergedAnswer {
  private final Exchange exchange;
  private final PassThrough passThrough;
  private final CompletableFuture<byte[]> ours;
  private final CompletableFuture<Collector> theirs = new CompletableFuture<>();

  MergedAnswer(Exchange exchange, PassThrough passThrough, CompletableFuture<byte[]> ours) {
    this.exchange = exchange;
    this.passThrough = passThrough;
    this.ours = ours;
  }

  ServerCall.Listener<byte[]> start() {
    Containerd.Connected connected;
    try {
      connected = passThrough.connect(exchange);
    } catch (StatusRuntimeException e) {
      exchange.caller().fail(e.getStatus());
      return exchange.untilItsEnd();
    }
    ClientCall<byte[], byte[]> call = connected.call();
    exchange
        .bytes()
        .charge(
            Connections.budgetOf(exchange.call()),
            status -> {
              exchange.caller().fail(status);
              call.cancel("too much in flight", null);
            });
    call.start(new Collector(connected.done()), exchange.headers());
    call.request(2);
    var _ = theirs.thenAcceptBoth(ours, this::answer).exceptionally(this::fail);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] request) {
        call.sendMessage(request);
        call.halfClose();
      }

      @Override
      public void onCancel() {
        exchange.caller().gone();
        call.cancel("the caller has gone", null);
        exchange.bytes().done();
      }
    };
  }

  private void answer(Collector theirs, byte[] ours) {
    Caller caller = exchange.caller();
    if (theirs.status.isOk() && theirs.message != null) {
      caller.headers(theirs.headers);
      exchange.bytes().responseMade(ours.length);
      caller.message(joined(theirs.message, ours));
    }
    caller.close(theirs.status, theirs.trailers);
  }

  private @Nullable Void fail(Throwable failure) {
    Throwable cause = failure.getCause();
    exchange.caller().fail(GrpcStatus.of(cause == null ? failure : cause));
    return null;
  }

  // In protobuf, one encoded message after another is both merged.
  private static byte[] joined(byte[] theirs, byte[] ours) {
    if (ours.length == 0 || RawBytes.isNoRoom(theirs)) {
      return theirs;
    }
    byte[] joined = Arrays.copyOf(theirs, theirs.length + ours.length);
    System.arraycopy(ours, 0, joined, theirs.length, ours.length);
    return joined;
  }

  /** What containerd answered, to be read once its call is over. */
  private final class Collector extends ClientCall.Listener<byte[]> {
    private final Runnable done;
    private Metadata headers = new Metadata();
    private byte @Nullable [] message;
    private Status status = Status.UNKNOWN;
    private Metadata trailers = new Metadata();

    Collector(Runnable done) {
      this.done = done;
    }

    @Override
    public void onHeaders(Metadata headers) {
      this.headers = headers;
    }

    @Override
    public void onMessage(byte[] message) {
      this.message = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      done.run();
      exchange.bytes().requestLeft();
      this.status = passThrough.explain(status);
      this.trailers = trailers;
      theirs.complete(this);
    }
  }
}
