package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;

/**
 * A plugin's own account of what went wrong (CNI 1.1, section 5, "Error").
 *
 * @param code 1 to 99 are the specification's, 100 and above the plugin's
 */
record PluginFailure(int code, String message, String details) {
  private static final int INCOMPATIBLE_VERSION = 1;
  private static final int INVALID_ENVIRONMENT = 4;
  private static final int TRY_AGAIN = 11;
  private static final int LONGEST = 2000;

  /** Reads a failed plugin's standard output; empty if it holds no such account. */
  static Optional<PluginFailure> parse(String output) {
    try {
      ObjectNode json = CniJson.object(output);
      if (!json.has("code") && !json.has("msg")) {
        return Optional.empty();
      }
      return Optional.of(
          new PluginFailure(
              json.path("code").asInt(),
              shortened(json.path("msg").asText("")),
              shortened(json.path("details").asText(""))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Plugins of before CNI 1.1 answer STATUS and GC so, and those of Go's library. */
  boolean commandUnknown() {
    return (code == INVALID_ENVIRONMENT && message.contains("CNI_COMMAND"))
        || (code == INCOMPATIBLE_VERSION && message.contains("does not allow"));
  }

  boolean worthRepeating() {
    return code == TRY_AGAIN;
  }

  @Override
  public String toString() {
    return message + (details.isEmpty() ? "" : "; " + details) + " (CNI error " + code + ")";
  }

  static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
