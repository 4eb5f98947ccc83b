package dev.cofferdam.shim.front;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;

/**
 * One method of CRI that may be about our pods, and who answers it then. A method without a route
 * is containerd's alone.
 */
public sealed interface Route {

  /** The method, as the generated {@code RuntimeServiceGrpc} describes it. */
  MethodDescriptor<? extends Message, ? extends Message> method();

  /** A route whose own part is one answer to one request. */
  sealed interface Answered<Q extends Message, R extends Message> extends Route {
    @Override
    MethodDescriptor<Q, R> method();

    OwnCall<Q, R> call();
  }

  /**
   * Ours when the runtime handler in the request is.
   *
   * @param handlerField the number of the request's string field with the handler
   */
  record ByHandler<Q extends Message, R extends Message>(
      MethodDescriptor<Q, R> method, int handlerField, OwnCall<Q, R> call)
      implements Answered<Q, R> {}

  /**
   * Ours when the sandbox ID in field 1 of the request is. The request reaches the call with the
   * full ID in it, whatever prefix the caller gave.
   */
  record BySandbox<Q extends Message, R extends Message>(
      MethodDescriptor<Q, R> method, OwnCall<Q, R> call) implements Answered<Q, R> {}

  /** Ours when the container ID in field 1 of the request is; else as {@link BySandbox}. */
  record ByContainer<Q extends Message, R extends Message>(
      MethodDescriptor<Q, R> method, OwnCall<Q, R> call) implements Answered<Q, R> {}

  /**
   * Answered by both: our response is appended to containerd's (in protobuf that merges: repeated
   * fields are joined, so set nothing in ours that is containerd's to say). For a server-streaming
   * method our entries follow containerd's messages. IDs and prefixes in the request's {@code
   * filter} that are ours arrive as full IDs.
   */
  record Merged<Q extends Message, R extends Message>(
      MethodDescriptor<Q, R> method, OwnCall<Q, R> call) implements Answered<Q, R> {}

  /** An endless stream of containerd's events and ours, each as it happens. */
  record MergedEvents<Q extends Message, R extends Message>(
      MethodDescriptor<Q, R> method, EventSource<R> events) implements Route {}
}
