package dev.cofferdam.shim.stream;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * How a remote command ended, as the error stream tells it: since v4 a Kubernetes {@code Status} in
 * JSON, before that a text, and nothing at all for success.
 */
sealed interface RemoteStatus {

  /** The bytes for the error stream; none if there is nothing to say. */
  default byte[] encoded(CommandProtocol protocol) {
    return (protocol.jsonStatus() ? json().toString() : text()).getBytes(StandardCharsets.UTF_8);
  }

  String text();

  ObjectNode json();

  static RemoteStatus ofExit(int code) {
    return code == 0 ? new Success() : new NonZeroExit(code);
  }

  record Success() implements RemoteStatus {
    @Override
    public String text() {
      return "";
    }

    @Override
    public ObjectNode json() {
      return status("Success");
    }
  }

  record NonZeroExit(int code) implements RemoteStatus {
    @Override
    public String text() {
      return "command terminated with non-zero exit code: exit status " + code;
    }

    @Override
    public ObjectNode json() {
      ObjectNode status = status("Failure").put("message", text()).put("reason", "NonZeroExitCode");
      status
          .putObject("details")
          .putArray("causes")
          .addObject()
          .put("reason", "ExitCode")
          .put("message", Integer.toString(code));
      return status;
    }
  }

  record Failed(String message) implements RemoteStatus {
    @Override
    public String text() {
      return "Internal error occurred: " + message;
    }

    @Override
    public ObjectNode json() {
      return status("Failure")
          .put("message", text())
          .put("reason", "InternalError")
          .put("code", 500);
    }
  }

  private static ObjectNode status(String status) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.putObject("metadata");
    return node.put("status", status);
  }
}
