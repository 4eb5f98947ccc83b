package dev.cofferdam.microvm.firecracker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;

/** Firecracker's refusals as coded errors, with its own words in them. */
final class Fault {

  /** It repeats what it was sent; nobody reads that much. */
  private static final int LONGEST_MESSAGE = 1000;

  private Fault() {}

  static SandboxException of(String method, String path, int status, JsonNode body) {
    // Its HTTP server itself, below the API, has another word for it.
    String said = body.path("fault_message").asText(body.path("error").asText(""));
    String words =
        said.length() > LONGEST_MESSAGE ? said.substring(0, LONGEST_MESSAGE) + "…" : said;
    return new SandboxException(
        code(said),
        "Firecracker refused "
            + method
            + " "
            + path
            + ": "
            + (words.isBlank() ? "status " + status + " without a reason" : words));
  }

  /** Firecracker has one status for all refusals: only its words tell them apart. */
  private static ErrorCode code(String message) {
    if (message.contains("not supported after starting")
        || message.contains("not supported before starting")
        || message.contains("not activated yet")) {
      return ErrorCode.WRONG_STATE;
    }
    if (message.contains("Device not found") || message.contains("No balloon device found")) {
      return ErrorCode.NOT_FOUND;
    }
    if (message.contains("PCI is not enabled")) {
      return ErrorCode.UNSUPPORTED;
    }
    return ErrorCode.PROGRAM_FAILED;
  }
}
