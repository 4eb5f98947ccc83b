package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.shim.install.record.EndpointChange;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Texts with kubelet's endpoint in them. Only the endpoint is changed: comments, order and blanks
 * stay as they are.
 */
public final class EndpointFile {
  static final String KEY = "containerRuntimeEndpoint";
  static final String FLAG = "container-runtime-endpoint";

  /** At the top level: not indented. */
  private static final Pattern YAML_LINE =
      Pattern.compile("(?m)^" + KEY + ":[ \\t]*([^#\\r\\n]*?)[ \\t]*(?=#|\\r?$)");

  private static final Pattern FLAG_WORD =
      Pattern.compile("--" + FLAG + "(=|[ \\t]+)([\"']?)([^\\s\"']+)\\2");

  private EndpointFile() {}

  /** Which a KubeletConfiguration names; blank: none. */
  static String inYaml(String text, String file) throws IOException {
    return config(text, file).path(KEY).asText("");
  }

  /** Which a text with flags names. */
  static Optional<String> inFlags(String text) {
    Matcher matcher = FLAG_WORD.matcher(text);
    Optional<String> last = Optional.empty();
    while (matcher.find()) {
      last = Optional.of(matcher.group(3));
    }
    return last;
  }

  /**
   * The text with another endpoint in it.
   *
   * @param endpoint blank: none
   */
  public static String with(EndpointChange change, String text, String endpoint)
      throws IOException {
    return switch (change.kind()) {
      case CONFIG_FILE -> yaml(text, endpoint, change.file());
      case DROP_IN -> dropIn(endpoint);
      case FLAG, UNIT_FLAG ->
          FLAG_WORD
              .matcher(text)
              .replaceAll(
                  word ->
                      Matcher.quoteReplacement(
                          "--%s%s%3$s%4$s%3$s"
                              .formatted(FLAG, word.group(1), word.group(2), endpoint)));
    };
  }

  private static String dropIn(String endpoint) {
    return """
        # Written by `cofferdam node install`, removed by `cofferdam node uninstall`.
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        %s: %s
        """
        .formatted(KEY, endpoint);
  }

  private static String yaml(String text, String endpoint, String file) throws IOException {
    Matcher line = YAML_LINE.matcher(text);
    String changed;
    if (line.find()) {
      String value = endpoint.isEmpty() ? "" : " " + endpoint;
      changed =
          endpoint.isEmpty()
              ? new StringBuilder(text).delete(line.start(), endOfLine(text, line.end())).toString()
              : text.substring(0, line.start())
                  + KEY
                  + ":"
                  + value
                  + (line.end() < text.length() && text.charAt(line.end()) == '#' ? " " : "")
                  + text.substring(line.end());
    } else if (endpoint.isEmpty()) {
      changed = text;
    } else {
      changed =
          text + (text.endsWith("\n") || text.isEmpty() ? "" : "\n") + KEY + ": " + endpoint + "\n";
    }
    requireOnlyEndpointChanged(text, changed, endpoint, file);
    return changed;
  }

  private static int endOfLine(String text, int from) {
    int end = text.indexOf('\n', from);
    return end < 0 ? text.length() : end + 1;
  }

  /** A text is changed, a structure is meant: whether they agree is asked of a parser. */
  private static void requireOnlyEndpointChanged(
      String before, String after, String endpoint, String file) throws IOException {
    ObjectNode wanted = config(before, file).deepCopy();
    if (endpoint.isEmpty()) {
      wanted.remove(KEY);
    } else {
      wanted.put(KEY, endpoint);
    }
    if (!config(after, file).equals(wanted)) {
      throw Kubelet.refused(
          file + " sets " + KEY + " in a form that isn't one line of YAML: write it so first");
    }
  }

  private static ObjectNode config(String text, String file) throws IOException {
    JsonNode config = parsed(text, file);
    if (config instanceof ObjectNode object
        && object.path("kind").asText().equals("KubeletConfiguration")
        && !text.stripLeading().startsWith("{")) {
      return object;
    }
    throw Kubelet.refused(file + " is no KubeletConfiguration in YAML");
  }

  /** kubelet refuses a key that stands there twice; so do we. */
  private static JsonNode parsed(String text, String file) throws IOException {
    try {
      return new YAMLMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).readTree(text);
    } catch (JsonProcessingException e) {
      throw Kubelet.refused(file + " can't be read as YAML: " + e.getOriginalMessage());
    }
  }
}
