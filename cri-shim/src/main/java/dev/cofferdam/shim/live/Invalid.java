package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;

/** Refusals of what a request asks for. */
public final class Invalid {
  private Invalid() {}

  /** The request is wrong at this field. */
  public static SandboxException argument(String field, String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, field + ": " + why);
  }

  /** The request is right, but this backend cannot do it. */
  public static SandboxException unsupported(String handler, String what) {
    return new SandboxException(
        ErrorCode.UNSUPPORTED, "runtime handler \"" + handler + "\" cannot do this: " + what);
  }

  /** What must not be blank. */
  public static void requireText(String field, String value) {
    if (value.isBlank()) {
      throw argument(field, "it is missing");
    }
  }

  /** What must be a path from the root that leads where it says. */
  public static void requireAbsolute(String field, String path) {
    if (!path.startsWith("/")) {
      throw argument(field, "it is not absolute");
    }
    requireDescending(field, path);
  }

  /** What must be a path that nowhere turns back. */
  public static void requireDescending(String field, String path) {
    if (List.of(path.split("/", -1)).contains("..")) {
      throw argument(field, "it holds \"..\"");
    }
  }

  /** What must be within bounds. */
  public static void requireRange(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw argument(field, value + " is not between " + least + " and " + most);
    }
  }
}
