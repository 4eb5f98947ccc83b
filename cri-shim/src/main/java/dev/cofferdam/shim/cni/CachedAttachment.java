package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;

/**
 * What was, or was about to be, added for one sandbox: enough to take it away again with another
 * configuration in place, or none.
 *
 * @param result what ADD returned; empty: it did not end well
 */
record CachedAttachment(
    String sandboxId,
    String networkNamespace,
    PodArguments arguments,
    NetworkList network,
    Optional<PluginResult> result) {

  private static final int FORMAT = 1;

  CachedAttachment with(PluginResult added) {
    return new CachedAttachment(
        sandboxId, networkNamespace, arguments, network, Optional.of(added));
  }

  ObjectNode toJson() {
    ObjectNode json = CniJson.MAPPER.createObjectNode();
    json.put("format", FORMAT);
    json.put("sandboxId", sandboxId);
    json.put("networkNamespace", networkNamespace);
    json.put("cniArgs", arguments.cniArgs());
    json.set("capabilities", arguments.capabilities());
    json.set("network", network.source());
    result.ifPresent(added -> json.set("result", added.json()));
    return json;
  }

  /**
   * @throws IOException if a field that DEL needs is missing
   */
  static CachedAttachment fromJson(ObjectNode json) throws IOException {
    if (!(json.get("network") instanceof ObjectNode network)
        || !(json.get("capabilities") instanceof ObjectNode capabilities)
        || !json.path("sandboxId").isTextual()) {
      throw new IOException("not a cached attachment");
    }
    return new CachedAttachment(
        json.path("sandboxId").asText(),
        json.path("networkNamespace").asText(""),
        new PodArguments(json.path("cniArgs").asText(""), capabilities),
        NetworkList.fromList(network),
        json.get("result") instanceof ObjectNode result
            ? Optional.of(new PluginResult(result))
            : Optional.empty());
  }
}
