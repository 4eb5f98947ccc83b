package dev.cofferdam.shim.debug;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Takes out what may be secret. Rather too much than too little. */
final class Redaction {
  static final String REDACTED = "[redacted]";

  private static final String SECRET_NAMES =
      "pass(word|wd)?|secret|token|credential|private|api.?key|access.?key|auth";

  private static final Pattern SECRET_NAME =
      Pattern.compile(SECRET_NAMES, Pattern.CASE_INSENSITIVE);
  private static final Pattern SECRET_ARGUMENT =
      Pattern.compile("((?:" + SECRET_NAMES + ")[\\w.-]*[=:])[^\\s\",]+", Pattern.CASE_INSENSITIVE);
  private static final Pattern CREDENTIALS_IN_URL = Pattern.compile("(://)[^/\\s@]+@");

  /** Lists of {@code NAME=value}, or of objects with a value. */
  private static final Set<String> ENVIRONMENTS = Set.of("env", "envs", "environment");

  /** The pod's whole manifest, values of variables among it. */
  private static final String MANIFEST = "kubectl.kubernetes.io/last-applied-configuration";

  private Redaction() {}

  /** A copy without values that may be secret. */
  static JsonNode json(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> array(array);
      case TextNode text -> TextNode.valueOf(line(text.textValue()));
      default -> node;
    };
  }

  private static JsonNode object(ObjectNode object) {
    ObjectNode copy = object.objectNode();
    for (var field : object.properties()) {
      String name = field.getKey();
      if (ENVIRONMENTS.contains(name.toLowerCase(Locale.ROOT))) {
        copy.set(name, environment(field.getValue()));
      } else if (name.equals(MANIFEST)
          || (field.getValue().isValueNode() && SECRET_NAME.matcher(name).find())) {
        copy.put(name, REDACTED);
      } else {
        copy.set(name, json(field.getValue()));
      }
    }
    return copy;
  }

  private static JsonNode array(ArrayNode array) {
    ArrayNode copy = array.arrayNode();
    List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    boolean afterFlag = false;
    for (JsonNode element : elements) {
      // The argument after --password is the password.
      copy.add(afterFlag && element.isTextual() ? TextNode.valueOf(REDACTED) : json(element));
      afterFlag =
          element.isTextual()
              && element.textValue().startsWith("-")
              && element.textValue().indexOf('=') < 0
              && SECRET_NAME.matcher(element.textValue()).find();
    }
    return copy;
  }

  private static JsonNode environment(JsonNode environment) {
    if (!(environment instanceof ArrayNode list)) {
      return TextNode.valueOf(REDACTED);
    }
    ArrayNode names = list.arrayNode();
    for (JsonNode variable : list) {
      String name =
          variable.isTextual()
              ? variable.textValue().replaceFirst("(?s)=.*", "")
              : variable.path("key").asText(variable.path("name").asText("?"));
      names.add(name + "=" + REDACTED);
    }
    return names;
  }

  /** A line of text, such as of a log or a command line. */
  static String line(String line) {
    String shorter = SECRET_ARGUMENT.matcher(line).replaceAll("$1" + REDACTED);
    return CREDENTIALS_IN_URL.matcher(shorter).replaceAll("$1" + REDACTED + "@");
  }

  /** Text of many lines. Those that list variables, as in a runsc debug log, go as a whole. */
  static String text(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.lines()
        .map(
            each ->
                each.toLowerCase(Locale.ROOT).contains("env\":") || each.contains("Env:[")
                    ? "[a line with environment variables was here]"
                    : line(each))
        .forEach(each -> kept.append(each).append('\n'));
    return kept.toString();
  }
}
