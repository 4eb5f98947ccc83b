package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * The caller's end of one call. Answers may come from the event loop, from an own call's thread and
 * from whoever ends the call early: they are put in a row here, and nothing follows the close.
 * Thread-safe.
 */
final class Caller {
  private final ServerCall<byte[], byte[]> call;
  private final int maxMessageBytes;
  private boolean headersSent;
  private boolean messageSent;
  private boolean closed;

  Caller(ServerCall<byte[], byte[]> call, int maxMessageBytes) {
    this.call = call;
    this.maxMessageBytes = maxMessageBytes;
  }

  synchronized void headers(Metadata headers) {
    if (!closed && !headersSent) {
      headersSent = true;
      call.sendHeaders(headers);
    }
  }

  /** Sends a message; one over the limit ends the call, with the words of a Go server. */
  synchronized void message(byte[] message) {
    if (closed) {
      return;
    }
    if (RawBytes.isNoRoom(message)) {
      fail(GrpcStatus.of(new OutOfMemoryError()));
      return;
    }
    if (message.length > maxMessageBytes) {
      fail(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "grpc: trying to send message larger than max (%d vs. %d)"
                  .formatted(message.length, maxMessageBytes)));
      return;
    }
    if (messageSent && isUnary()) {
      fail(Status.INTERNAL.withDescription("more than one answer to a unary call"));
      return;
    }
    messageSent = true;
    headers(new Metadata());
    call.sendMessage(message);
  }

  synchronized boolean close(Status status, Metadata trailers) {
    if (closed) {
      return false;
    }
    closed = true;
    if (status.isOk() && !messageSent && isUnary()) {
      // gRPC would reset the stream.
      call.close(Status.INTERNAL.withDescription("no answer to a unary call"), trailers);
      return true;
    }
    call.close(status, trailers);
    return true;
  }

  private boolean isUnary() {
    return call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY;
  }

  boolean fail(Status status) {
    return close(status, new Metadata());
  }

  /**
   * The caller has cancelled, or gRPC has refused its message: nothing may be sent any more (gRPC
   * would write a second end of the stream, and the connection would fail of it).
   */
  synchronized void gone() {
    closed = true;
  }

  boolean isReady() {
    return call.isReady();
  }

  void request(int messages) {
    call.request(messages);
  }
}
