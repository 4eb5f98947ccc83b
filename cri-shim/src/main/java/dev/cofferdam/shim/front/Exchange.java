package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;

/** One call that came in, and all that belongs to it. */
record Exchange(ServerCall<byte[], byte[]> call, Caller caller, CallBytes bytes, Metadata headers) {

  /** Sends our answer, when it is there, as all there is to say. */
  void answerWith(CompletableFuture<byte[]> answer) {
    var _ =
        answer.whenComplete(
            (message, failure) -> {
              if (failure != null) {
                caller.fail(GrpcStatus.of(failure));
              } else {
                bytes.requestLeft();
                send(message);
                caller.close(Status.OK, new Metadata());
              }
            });
  }

  /** Sends a message of which a part at least is our own making. */
  void send(byte[] message) {
    bytes.responseMade(message.length);
    caller.message(message);
  }

  /** {@code RunPodSandbox} of {@code runtime.v1.RuntimeService/RunPodSandbox}. */
  String methodName() {
    String name = call.getMethodDescriptor().getBareMethodName();
    return name == null ? call.getMethodDescriptor().getFullMethodName() : name;
  }

  /** Nothing of the call is left to be listened to but its end. */
  ServerCall.Listener<byte[]> untilItsEnd() {
    return new ServerCall.Listener<>() {
      @Override
      public void onCancel() {
        caller.gone();
        bytes.done();
      }

      @Override
      public void onComplete() {
        bytes.done();
      }
    };
  }
}
