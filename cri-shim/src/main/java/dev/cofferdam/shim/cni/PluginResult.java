package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** What a plugin's ADD returned, in the shape of one CNI version. Pure. */
record PluginResult(ObjectNode json) {

  /**
   * Reads a plugin's answer and brings it into {@code wanted}'s shape.
   *
   * @throws IOException if it is no result
   */
  static PluginResult parse(String output, CniVersion wanted) throws IOException {
    ObjectNode json;
    try {
      json = CniJson.object(output);
    } catch (IOException e) {
      throw new IOException("its answer is not a JSON object: " + e.getMessage(), e);
    }
    // A result without a version is of the configuration's (libcni does the same).
    String said = json.path("cniVersion").asText("");
    CniVersion version = said.isEmpty() ? wanted : CniVersion.parse(said);
    if (!version.supported()) {
      throw new IOException(
          "its answer is of CNI version "
              + version
              + ", not between "
              + CniVersion.OLDEST
              + " and "
              + CniVersion.NEWEST);
    }
    return new PluginResult(converted(json, wanted));
  }

  /** Between 0.3.0 and 1.1.0 only the mark of the IP version came and went. */
  private static ObjectNode converted(ObjectNode json, CniVersion wanted) throws IOException {
    ObjectNode result = json.deepCopy();
    result.put("cniVersion", wanted.toString());
    for (JsonNode entry : result.path("ips")) {
      if (!(entry instanceof ObjectNode ip)) {
        throw new IOException("its answer's \"ips\" holds something that isn't an object");
      }
      if (wanted.marksIpVersion()) {
        ip.put("version", address(ip).contains(":") ? "6" : "4");
      } else {
        ip.remove("version");
      }
    }
    return result;
  }

  /**
   * The addresses of {@code interfaceName} in the pod, in the plugins' order. Addresses that name
   * no interface belong to it too.
   */
  List<String> ips(String interfaceName) throws IOException {
    JsonNode interfaces = json.path("interfaces");
    List<String> ips = new ArrayList<>();
    for (JsonNode ip : json.path("ips")) {
      if (ip.has("interface") && !ip.path("interface").isNull()) {
        JsonNode link = interfaces.path(ip.path("interface").asInt(-1));
        boolean inPod = !link.path("sandbox").asText("").isEmpty();
        if (!inPod || !link.path("name").asText().equals(interfaceName)) {
          continue;
        }
      }
      ips.add(address(ip));
    }
    return ips;
  }

  /** What there is of it in the namespace once somebody else has the addresses and routes. */
  PluginResult withoutAddresses() {
    ObjectNode rest = json.deepCopy();
    rest.remove(List.of("ips", "routes"));
    return new PluginResult(rest);
  }

  /** An address without its prefix length, in the usual short form. */
  private static String address(JsonNode ip) throws IOException {
    String text = ip.path("address").asText("");
    int slash = text.indexOf('/');
    try {
      String literal = slash < 0 ? text : text.substring(0, slash);
      InetAddress _ = InetAddress.ofLiteral(literal);
      return literal;
    } catch (IllegalArgumentException e) {
      throw new IOException("its answer holds \"" + text + "\" for an IP address", e);
    }
  }
}
