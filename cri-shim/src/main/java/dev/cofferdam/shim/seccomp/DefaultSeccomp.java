package dev.cofferdam.shim.seccomp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The profile RuntimeDefault: what is not listed fails with EPERM. Which calls are listed depends
 * on the container's capabilities, as everywhere in the field.
 */
final class DefaultSeccomp {
  private static final String LIST = "default.txt";
  private static final String EVERYBODY = "*";
  private static final String ADMIN = "CAP_SYS_ADMIN";
  private static final int ENOSYS = 38;

  /** {@code CLONE_NEW*} of {@code linux/sched.h}: mount, cgroup, UTS, IPC, user, PID, network. */
  private static final long NEW_NAMESPACES = 0x7E02_0000L;

  /** {@code personality(2)}: Linux, with and without 2.6 numbering and UNAME26; and "just ask". */
  private static final List<Long> PERSONALITIES =
      List.of(0x0L, 0x8L, 0x20000L, 0x20008L, 0xffffffffL);

  /**
   * Socket families: all below AF_ALG (38), and some above; not AF_ALG, which reaches the kernel's
   * crypto code, nor AF_VSOCK (40), which reaches the hypervisor. "More than" would be no bar: the
   * kernel takes the lower half of the argument only.
   */
  private static final long FIRST_BARRED_FAMILY = 38;

  private static final List<Long> FAMILIES_ABOVE = List.of(39L, 41L, 42L, 43L, 44L, 45L);

  private DefaultSeccomp() {}

  /** For a container with these capabilities. */
  static ObjectNode profile(Set<String> capabilities) {
    Map<String, List<String>> allowed = allowed();
    List<String> names = new ArrayList<>(allowed.getOrDefault(EVERYBODY, List.of()));
    allowed.forEach(
        (capability, calls) -> {
          if (capabilities.contains(capability)) {
            calls.stream().filter(call -> !names.contains(call)).forEach(names::add);
          }
        });
    ObjectNode profile = JsonNodeFactory.instance.objectNode();
    profile.put("defaultAction", "SCMP_ACT_ERRNO");
    ArrayNode rules = profile.putArray("syscalls");
    rule(rules, names, "SCMP_ACT_ALLOW");
    PERSONALITIES.forEach(value -> allowedIf(rules, "personality", "SCMP_CMP_EQ", value, 0));
    allowedIf(rules, "socket", "SCMP_CMP_LT", FIRST_BARRED_FAMILY, 0);
    FAMILIES_ABOVE.forEach(family -> allowedIf(rules, "socket", "SCMP_CMP_EQ", family, 0));
    if (!capabilities.contains(ADMIN)) {
      allowedIf(rules, "clone", "SCMP_CMP_MASKED_EQ", NEW_NAMESPACES, 0);
      // Its flags lie in memory, where no filter sees them; C libraries fall back to clone.
      rule(rules, List.of("clone3"), "SCMP_ACT_ERRNO").put("errnoRet", ENOSYS);
    }
    return profile;
  }

  private static void allowedIf(ArrayNode rules, String call, String op, long value, long second) {
    rule(rules, List.of(call), "SCMP_ACT_ALLOW")
        .putArray("args")
        .addObject()
        .put("index", 0)
        .put("value", value)
        .put("valueTwo", second)
        .put("op", op);
  }

  private static ObjectNode rule(ArrayNode rules, List<String> names, String action) {
    ObjectNode rule = rules.addObject();
    ArrayNode list = rule.putArray("names");
    names.forEach(list::add);
    return rule.put("action", action);
  }

  /** Names by the capability that they need; read when it is needed, so that no memory keeps it. */
  static Map<String, List<String>> allowed() {
    Map<String, List<String>> allowed = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : text().lines().toList()) {
      if (line.endsWith(":") && !line.startsWith("#")) {
        current = new ArrayList<>();
        allowed.put(line.substring(0, line.length() - 1), current);
      } else if (!line.startsWith("#")) {
        current.addAll(Arrays.asList(line.strip().split(" +")));
      }
    }
    return allowed;
  }

  private static String text() {
    try (InputStream in =
        Objects.requireNonNull(DefaultSeccomp.class.getResourceAsStream(LIST), LIST)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + LIST + " of this program", e);
    }
  }
}
