package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A network: plugins, executed one after the other. Its parts are immutable by convention: nobody
 * changes the nodes.
 *
 * @param source the whole list as JSON; what the cache keeps
 */
record NetworkList(
    String name,
    CniVersion version,
    boolean disableCheck,
    boolean disableGc,
    List<ObjectNode> plugins,
    ObjectNode source) {

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.\\-]*");
  private static final int MAX_PLUGINS = 64;

  NetworkList {
    plugins = List.copyOf(plugins);
  }

  /** From a {@code .conflist}: an object with {@code plugins}. */
  static NetworkList fromList(ObjectNode json) {
    String name = name(json);
    if (!(json.get("plugins") instanceof ArrayNode array) || array.isEmpty()) {
      throw invalid("\"plugins\" is missing or not a list of one plugin or more");
    }
    if (array.size() > MAX_PLUGINS) {
      throw invalid("more than " + MAX_PLUGINS + " plugins");
    }
    List<ObjectNode> plugins = new ArrayList<>();
    for (JsonNode entry : array) {
      if (!(entry instanceof ObjectNode plugin)) {
        throw invalid("\"plugins\" holds something that isn't an object");
      }
      type(plugin);
      plugins.add(plugin);
    }
    return new NetworkList(
        name, version(json), flag(json, "disableCheck"), flag(json, "disableGC"), plugins, json);
  }

  /** From a {@code .conf} or {@code .json}: one plugin's configuration. */
  static NetworkList fromPlugin(ObjectNode plugin) {
    if (plugin.has("plugins") && !plugin.has("type")) {
      throw invalid("a list of plugins must be in a file whose name ends in .conflist");
    }
    ObjectNode list = CniJson.MAPPER.createObjectNode();
    list.put("cniVersion", version(plugin).toString());
    list.put("name", name(plugin));
    list.putArray("plugins").add(plugin);
    return fromList(list);
  }

  /** The program's name. It is looked up in the plugins' folders, so a path is refused. */
  static String type(ObjectNode plugin) {
    String type = plugin.path("type").asText("");
    if (type.isEmpty() || type.contains("/") || type.equals(".") || type.equals("..")) {
      throw invalid("a plugin's \"type\" is missing or not a plain file name: \"" + type + "\"");
    }
    return type;
  }

  private static String name(ObjectNode json) {
    String name = json.path("name").asText("");
    if (!NAME.matcher(name).matches()) {
      throw invalid("\"name\" is missing or not of the form " + NAME + ": \"" + name + "\"");
    }
    return name;
  }

  private static CniVersion version(ObjectNode json) {
    List<String> offered = new ArrayList<>();
    json.path("cniVersions").forEach(version -> offered.add(version.asText()));
    if (json.has("cniVersion")) {
      offered.add(json.path("cniVersion").asText());
    }
    if (offered.isEmpty()) {
      throw invalid("\"cniVersion\" is missing; " + CniVersion.NEWEST + " is the newest known");
    }
    return CniVersion.negotiate(offered);
  }

  private static boolean flag(ObjectNode json, String field) {
    JsonNode value = json.path(field);
    return value.asBoolean(false) || "true".equalsIgnoreCase(value.asText());
  }

  private static SandboxException invalid(String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
