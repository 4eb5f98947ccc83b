package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A seccomp profile in the words that runsc knows ({@code runsc/specutils/seccomp}), which are
 * fewer than OCI's. A call that is to be refused is refused in any case; what cannot be said at all
 * is an error.
 */
final class OciSeccomp {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  private OciSeccomp() {}

  /**
   * The profile of a container as runsc takes it.
   *
   * @throws SandboxException UNSUPPORTED naming what gVisor cannot do
   */
  static ObjectNode read(Path file) {
    JsonNode profile;
    try {
      profile = JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw Failures.io("reading the seccomp profile " + file, e);
    }
    ObjectNode result = JSON.createObjectNode();
    result.put(
        "defaultAction",
        action(
            profile.path("defaultAction").asText(),
            profile.path("defaultErrnoRet").asInt(EPERM),
            "every other call"));
    result.set("syscalls", profile.path("syscalls").deepCopy());
    for (JsonNode rule : result.path("syscalls")) {
      ObjectNode object = (ObjectNode) rule;
      int errno = rule.path("errnoRet").asInt(EPERM);
      object.put("action", action(rule.path("action").asText(), errno, names(rule)));
      object.remove("errnoRet");
    }
    return result;
  }

  private static String names(JsonNode rule) {
    return rule.path("names").path(0).asText();
  }

  private static String action(String action, int errno, String call) {
    return switch (action) {
      case "SCMP_ACT_ERRNO" ->
          switch (errno) {
            case EPERM -> action;
            // Without a tracer, TRACE is ENOSYS (seccomp(2)); runsc's ERRNO is always EPERM.
            case ENOSYS -> "SCMP_ACT_TRACE";
            default ->
                throw unsupported(
                    "answer " + call + " with error " + errno + ", only with 1 and 38");
          };
      // The thread that makes the call ends in gVisor, not all of its process.
      case "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS" -> "SCMP_ACT_KILL";
      // There is no log of the sentry's to write it to.
      case "SCMP_ACT_LOG" -> "SCMP_ACT_ALLOW";
      case "SCMP_ACT_NOTIFY" ->
          throw unsupported("ask an agent about " + call + " (" + action + ")");
      default -> action;
    };
  }

  private static SandboxException unsupported(String what) {
    return new SandboxException(
        ErrorCode.UNSUPPORTED, "gVisor cannot do what the seccomp profile asks for: " + what);
  }
}
