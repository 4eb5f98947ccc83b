package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** SandboxNodes as the API server reads and writes them. */
final class NodeJson {
  /** The next version's objects may have more. */
  static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private NodeJson() {}
}
