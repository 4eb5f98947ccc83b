package dev.cofferdam.microvm.guest;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Status;

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

  static ErrorCode code(Status status) {
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
