package dev.cofferdam.shim.front;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * Carries one call between caller and containerd: headers, messages, half-close, trailers,
 * cancellation, each as it comes. A message is asked for from one side only when the other can take
 * it, so a slow reader slows its writer down and fills no memory here.
 */
final class Relay extends ServerCall.Listener<byte[]> {
  private final Caller caller;
  private final ClientCall<byte[], byte[]> call;
  private final CallBytes bytes;
  private final Ending ending;
  private final Object lock = new Object();
  private boolean wantsRequest;
  private boolean wantsResponse;
  private volatile boolean cancelled;

  /** What to do when containerd has ended the call. */
  interface Ending {
    void end(Status status, Metadata trailers);
  }

  Relay(Caller caller, ClientCall<byte[], byte[]> call, CallBytes bytes, Ending ending) {
    this.caller = caller;
    this.call = call;
    this.bytes = bytes;
    this.ending = ending;
  }

  /** Starts the call to containerd. The first message must have been asked for by the caller. */
  void start(Metadata headers) {
    call.start(new FromContainerd(), headers);
    call.request(1);
  }

  /** Ends both ends early. */
  void abort(Status status) {
    caller.fail(status);
    cancel(String.valueOf(status.getDescription()));
  }

  private void cancel(String why) {
    cancelled = true;
    call.cancel(why, null);
  }

  @Override
  public void onMessage(byte[] message) {
    if (cancelled) {
      return;
    }
    if (RawBytes.isNoRoom(message)) {
      abort(GrpcStatus.of(new OutOfMemoryError()));
      return;
    }
    call.sendMessage(message);
    synchronized (lock) {
      if (!call.isReady()) {
        wantsRequest = true;
        return;
      }
    }
    bytes.requestLeft();
    caller.request(1);
  }

  @Override
  public void onHalfClose() {
    if (!cancelled) {
      call.halfClose();
    }
  }

  @Override
  public void onCancel() {
    caller.gone();
    cancel("the caller has gone");
    bytes.done();
  }

  @Override
  public void onComplete() {
    bytes.done();
  }

  @Override
  public void onReady() {
    synchronized (lock) {
      if (!wantsResponse) {
        return;
      }
      wantsResponse = false;
    }
    bytes.responseLeft();
    call.request(1);
  }

  private final class FromContainerd extends ClientCall.Listener<byte[]> {
    @Override
    public void onHeaders(Metadata headers) {
      caller.headers(headers);
    }

    @Override
    public void onMessage(byte[] message) {
      caller.message(message);
      synchronized (lock) {
        if (!caller.isReady()) {
          wantsResponse = true;
          return;
        }
      }
      bytes.responseLeft();
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      bytes.requestLeft();
      ending.end(status, trailers);
    }

    @Override
    public void onReady() {
      synchronized (lock) {
        if (!wantsRequest) {
          return;
        }
        wantsRequest = false;
      }
      bytes.requestLeft();
      caller.request(1);
    }
  }
}
