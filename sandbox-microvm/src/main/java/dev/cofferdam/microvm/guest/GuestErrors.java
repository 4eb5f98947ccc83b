package dev.cofferdam.microvm.guest;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;

/** What a guest answers as an error, in our codes. */
final class GuestErrors {

  /** A guest may say anything; this much of it is shown. */
  private static final int LONGEST_WORDS = 1000;

  private GuestErrors() {}

  static SandboxException of(String action, Status status, Throwable cause) {
    return new SandboxException(code(status), action + ": " + words(status), cause);
  }

  private static String words(Status status) {
    String said = status.getDescription();
    if (said == null) {
      return status.getCode().toString();
    }
    String clean = said.replaceAll("[\\p{Cntrl}]", " ");
    return clean.length() > LONGEST_WORDS ? clean.substring(0, LONGEST_WORDS) + "…" : clean;
  }

  /**
   * Whether the connection is gone, not the call refused. grpc-java says UNKNOWN where the
   * connection closes just as a call begins (its Netty transport's {@code Utils}).
   */
  static boolean isDisconnected(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
        || (status.getCode() == Status.Code.UNKNOWN
            && status.getCause() instanceof ClosedChannelException);
  }

  static ErrorCode code(Status status) {
    if (isDisconnected(status)) {
      return ErrorCode.UNAVAILABLE;
    }
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
      case NOT_FOUND -> ErrorCode.NOT_FOUND;
      case ALREADY_EXISTS -> ErrorCode.ALREADY_EXISTS;
      case FAILED_PRECONDITION, ABORTED -> ErrorCode.WRONG_STATE;
      case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED;
      case DEADLINE_EXCEEDED, CANCELLED -> ErrorCode.DEADLINE_EXCEEDED;
      case RESOURCE_EXHAUSTED -> ErrorCode.RESOURCE_EXHAUSTED;
      case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
      case OK, UNKNOWN, PERMISSION_DENIED, UNAUTHENTICATED, INTERNAL, DATA_LOSS ->
          ErrorCode.INTERNAL;
    };
  }
}
