package dev.cofferdam.shim.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** JSON that came with an image: every value is checked for its type before it is used. */
final class ImageJson {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_ENTRIES = 10_000;
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private ImageJson() {}

  static ObjectNode object(String what, byte[] text) {
    try {
      if (MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw invalid(what + " is not a JSON object");
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, what + " is not JSON that can be read", e);
    }
  }

  /** A list of objects; absent and {@code null} are the empty one. */
  static List<ObjectNode> objects(String what, JsonNode value) {
    List<ObjectNode> objects = new ArrayList<>();
    for (JsonNode entry : array(what, value)) {
      if (!(entry instanceof ObjectNode object)) {
        throw invalid(what + " holds something that isn't an object");
      }
      objects.add(object);
    }
    return objects;
  }

  static List<String> strings(String what, JsonNode value) {
    List<String> strings = new ArrayList<>();
    for (JsonNode entry : array(what, value)) {
      if (!entry.isTextual()) {
        throw invalid(what + " holds something that isn't a string");
      }
      strings.add(text(what, entry));
    }
    return strings;
  }

  /** A string that a kernel can take; absent and {@code null} are the empty one. */
  static String text(String what, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    if (!value.isTextual()) {
      throw invalid(what + " is not a string");
    }
    if (value.asText().indexOf('\0') >= 0) {
      throw invalid(what + " holds a NUL");
    }
    return value.asText();
  }

  static String digest(String what, JsonNode value) {
    String text = text(what, value);
    if (!DIGEST.matcher(text).matches()) {
      throw invalid(what + " is not a SHA-256 digest");
    }
    return text;
  }

  private static JsonNode array(String what, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return MAPPER.createArrayNode();
    }
    if (!value.isArray() || value.size() > MAX_ENTRIES) {
      throw invalid(what + " is not a list, or one of more than " + MAX_ENTRIES + " entries");
    }
    return value;
  }

  static SandboxException invalid(String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
