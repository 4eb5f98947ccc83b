package dev.cofferdam.shim.seccomp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A profile as OCI's runtime specification writes it ({@code linux.seccomp}): read from a file of
 * the node's, and refused with the place of the fault where it says something else. What it has
 * beyond that form (Docker's {@code includes}, {@code archMap}) is left out, as containerd does.
 */
final class SeccompForm {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The longest profiles in use are a tenth of it. */
  private static final int MOST_BYTES = 1 << 20;

  /** A system call has six arguments at most. */
  private static final int LAST_ARGUMENT = 5;

  private static final BigInteger MOST_VALUE = BigInteger.ONE.shiftLeft(Long.SIZE);
  private static final int MOST_ERRNO = 4095;

  private static final Set<String> ACTIONS =
      Set.of(
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY");

  private static final Set<String> OPERATORS =
      Set.of(
          "SCMP_CMP_NE",
          "SCMP_CMP_LT",
          "SCMP_CMP_LE",
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_MASKED_EQ");

  private final Path file;

  private SeccompForm(Path file) {
    this.file = file;
  }

  /**
   * The profile in this file.
   *
   * @throws SandboxException INVALID_ARGUMENT with the file's name and what is wrong with it
   */
  static ObjectNode read(Path file) {
    SeccompForm form = new SeccompForm(file);
    return form.checked(form.parsed());
  }

  private JsonNode parsed() {
    if (!Files.isRegularFile(file)) {
      throw wrong("it is not there, or no file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] text = in.readNBytes(MOST_BYTES + 1);
      if (text.length > MOST_BYTES) {
        throw wrong("it is longer than " + MOST_BYTES + " bytes");
      }
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw wrong("it is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw wrong("it cannot be read: " + e.getMessage());
    }
  }

  private ObjectNode checked(JsonNode profile) {
    if (!profile.isObject()) {
      throw wrong("it is no JSON object");
    }
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.put("defaultAction", oneOf(ACTIONS, profile, "defaultAction", "defaultAction"));
    errno(profile, "defaultErrnoRet", "", result);
    ArrayNode rules = result.putArray("syscalls");
    JsonNode given = profile.path("syscalls");
    if (!given.isMissingNode() && !given.isNull() && !given.isArray()) {
      throw wrong("syscalls is no list");
    }
    for (int i = 0; i < given.size(); i++) {
      rule(given.get(i), "syscalls[" + i + "]", rules.addObject());
    }
    return result;
  }

  private void rule(JsonNode given, String where, ObjectNode rule) {
    ArrayNode names = rule.putArray("names");
    for (JsonNode name : given.path("names")) {
      if (!name.isTextual() || name.textValue().isBlank()) {
        throw wrong(where + ".names has an entry that is no name");
      }
      names.add(name.textValue());
    }
    if (names.isEmpty()) {
      throw wrong(where + ".names is missing or empty");
    }
    rule.put("action", oneOf(ACTIONS, given, "action", where + ".action"));
    errno(given, "errnoRet", where + ".", rule);
    JsonNode arguments = given.path("args");
    if (!arguments.isEmpty()) {
      ArrayNode list = rule.putArray("args");
      for (int i = 0; i < arguments.size(); i++) {
        argument(arguments.get(i), where + ".args[" + i + "]", list.addObject());
      }
    }
  }

  private void argument(JsonNode given, String where, ObjectNode argument) {
    JsonNode index = given.path("index");
    if (!index.isInt() || index.intValue() < 0 || index.intValue() > LAST_ARGUMENT) {
      throw wrong(where + ".index is not between 0 and " + LAST_ARGUMENT);
    }
    argument.put("index", index.intValue());
    argument.put("value", value(given, "value", where));
    argument.put("valueTwo", value(given, "valueTwo", where));
    argument.put("op", oneOf(OPERATORS, given, "op", where + ".op"));
  }

  private BigInteger value(JsonNode given, String field, String where) {
    JsonNode value = given.path(field);
    if (value.isMissingNode()) {
      return BigInteger.ZERO;
    }
    BigInteger number = value.isIntegralNumber() ? value.bigIntegerValue() : BigInteger.valueOf(-1);
    if (number.signum() < 0 || number.compareTo(MOST_VALUE) >= 0) {
      throw wrong(where + "." + field + " is no number of 64 bits");
    }
    return number;
  }

  private void errno(JsonNode given, String field, String where, ObjectNode result) {
    JsonNode value = given.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return;
    }
    if (!value.isInt() || value.intValue() < 0 || value.intValue() > MOST_ERRNO) {
      throw wrong(where + field + " is not between 0 and " + MOST_ERRNO);
    }
    result.put(field, value.intValue());
  }

  private String oneOf(Set<String> known, JsonNode given, String field, String where) {
    String value = given.path(field).asText();
    if (!known.contains(value)) {
      throw wrong(
          where + " is \"" + value + "\", and not one of " + known.stream().sorted().toList());
    }
    return value;
  }

  private SandboxException wrong(String why) {
    return new SandboxException(
        ErrorCode.INVALID_ARGUMENT,
        "seccomp profile " + file + " of the node cannot be used: " + why);
  }
}
