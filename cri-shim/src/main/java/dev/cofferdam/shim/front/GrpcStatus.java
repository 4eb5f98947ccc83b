package dev.cofferdam.shim.front;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;

/** The one place where a failure becomes a gRPC status. */
public final class GrpcStatus {
  private GrpcStatus() {}

  /** The status that a caller gets for a call that failed with this. */
  public static Status of(Throwable failure) {
    return switch (failure) {
      case SandboxException e -> of(e.code()).withDescription(e.getMessage()).withCause(e);
      case StatusRuntimeException e -> e.getStatus();
      case StatusException e -> e.getStatus();
      case OutOfMemoryError e ->
          Status.RESOURCE_EXHAUSTED
              .withDescription("the shim's heap is exhausted; raise -Xmx if this stays")
              .withCause(e);
      case InterruptedException e ->
          Status.UNAVAILABLE.withDescription("the shim is stopping").withCause(e);
      default -> Status.INTERNAL.withDescription(failure.toString()).withCause(failure);
    };
  }

  static Status of(ErrorCode code) {
    return switch (code) {
      case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
      case NOT_FOUND -> Status.NOT_FOUND;
      case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
      case WRONG_STATE, NO_BACKEND, PROGRAM_MISSING -> Status.FAILED_PRECONDITION;
      case UNSUPPORTED -> Status.UNIMPLEMENTED;
      // What containerd answers when runc or a CNI plugin fails.
      case PROGRAM_FAILED -> Status.UNKNOWN;
      case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
      case RESOURCE_EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
      case UNAVAILABLE -> Status.UNAVAILABLE;
      case CORRUPT_STATE -> Status.DATA_LOSS;
      case INTERNAL -> Status.INTERNAL;
    };
  }
}
