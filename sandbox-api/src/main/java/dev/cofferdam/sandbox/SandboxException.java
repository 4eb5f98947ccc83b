package dev.cofferdam.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * Every failure that backends and shim report. The message says what was tried, on what, and what a
 * person can do about it.
 */
public final class SandboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public SandboxException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public SandboxException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}
