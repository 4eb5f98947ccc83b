package dev.cofferdam.microvm.firecracker;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Firecracker's REST API: what is the same before boot and after. Every refusal is a {@link
 * SandboxException} with Firecracker's own message.
 */
class FirecrackerApi {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          // Its HTTP server breaks lines within a message.
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  private final Path socket;

  FirecrackerApi(Path socket) {
    this.socket = socket;
  }

  Path socket() {
    return socket;
  }

  /** What the instance is: its ID, state and version. */
  JsonNode describe(Deadline deadline) {
    return get("/", deadline);
  }

  String version(Deadline deadline) {
    return get("/version", deadline).path("firecracker_version").asText("");
  }

  JsonNode machineConfig(Deadline deadline) {
    return get("/machine-config", deadline);
  }

  JsonNode configuration(Deadline deadline) {
    return get("/vm/config", deadline);
  }

  JsonNode balloon(Deadline deadline) {
    return get("/balloon", deadline);
  }

  JsonNode metadata(Deadline deadline) {
    return get("/mmds", deadline);
  }

  void putMetadata(JsonNode contents, Deadline deadline) {
    put("/mmds", contents, deadline);
  }

  void patchMetadata(JsonNode contents, Deadline deadline) {
    patch("/mmds", contents, deadline);
  }

  final JsonNode get(String path, Deadline deadline) {
    return call("GET", path, null, deadline);
  }

  final void put(String path, Object body, Deadline deadline) {
    var _ = call("PUT", path, body, deadline);
  }

  final void patch(String path, @Nullable Object body, Deadline deadline) {
    var _ = call("PATCH", path, body, deadline);
  }

  final void delete(String path, Deadline deadline) {
    var _ = call("DELETE", path, null, deadline);
  }

  private JsonNode call(String method, String path, @Nullable Object body, Deadline deadline) {
    try {
      String text = body == null ? "" : JSON.writeValueAsString(body);
      return answer(method, path, HttpExchange.send(socket, method, path, text, deadline));
    } catch (JsonProcessingException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "cannot write the body of " + path, e);
    }
  }

  /** Reads an answer; a refusal becomes an exception. */
  static JsonNode answer(String method, String path, HttpExchange.Answer answer) {
    JsonNode body;
    try {
      body = answer.body().isBlank() ? JSON.missingNode() : JSON.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "Firecracker's answer to "
              + method
              + " "
              + path
              + " is no JSON: "
              + e.getOriginalMessage(),
          e);
    }
    if (answer.status() / 100 == 2) {
      return body;
    }
    throw Fault.of(method, path, answer.status(), body);
  }
}
