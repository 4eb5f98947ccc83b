package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A pod's network rates out of its annotations, as the {@code bandwidth} plugin wants them. */
final class Bandwidth {
  static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  static final String EGRESS = "kubernetes.io/egress-bandwidth";

  // What kubelet's own network code and containerd accept.
  private static final BigDecimal LEAST = new BigDecimal("1E3");
  private static final BigDecimal MOST = new BigDecimal("1E15");
  // The plugin's burst is 32 bits wide; containerd gives the most, and so do we.
  private static final long BURST = 0xFFFF_FFFFL;

  private static final Pattern QUANTITY =
      Pattern.compile(
          "\\+?(\\d{1,20}(?:\\.\\d{0,9})?)(?:([eE][+-]?\\d{1,2})|(Ki|[MGTPE]i|[kMGTPEmnu]))?");

  private static final Map<String, BigDecimal> SUFFIX =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1E-9")),
          Map.entry("u", new BigDecimal("1E-6")),
          Map.entry("m", new BigDecimal("1E-3")),
          Map.entry("k", new BigDecimal("1E3")),
          Map.entry("M", new BigDecimal("1E6")),
          Map.entry("G", new BigDecimal("1E9")),
          Map.entry("T", new BigDecimal("1E12")),
          Map.entry("P", new BigDecimal("1E15")),
          Map.entry("E", new BigDecimal("1E18")),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

  private Bandwidth() {}

  /** The capability's value; empty if the pod asks for none. */
  static Optional<ObjectNode> of(Map<String, String> annotations) {
    ObjectNode value = CniJson.MAPPER.createObjectNode();
    put(value, "ingress", INGRESS, annotations.get(INGRESS));
    put(value, "egress", EGRESS, annotations.get(EGRESS));
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  private static void put(
      ObjectNode value, String direction, String annotation, @Nullable String text) {
    if (text == null) {
      return;
    }
    value.put(direction + "Rate", bitsPerSecond(annotation, text));
    value.put(direction + "Burst", BURST);
  }

  private static long bitsPerSecond(String annotation, String text) {
    Matcher matcher = QUANTITY.matcher(text.strip());
    if (!matcher.matches()) {
      throw invalid(annotation, text, "is not a quantity such as 10M");
    }
    BigDecimal number =
        matcher.group(2) == null
            ? new BigDecimal(matcher.group(1))
            : new BigDecimal(matcher.group(1) + matcher.group(2));
    String suffix = matcher.group(3);
    if (suffix != null) {
      number = number.multiply(SUFFIX.getOrDefault(suffix, BigDecimal.ONE));
    }
    if (number.compareTo(LEAST) < 0 || number.compareTo(MOST) > 0) {
      throw invalid(annotation, text, "is not between 1k and 1P bits a second");
    }
    return number.setScale(0, RoundingMode.CEILING).longValueExact();
  }

  private static SandboxException invalid(String annotation, String text, String why) {
    return new SandboxException(
        ErrorCode.INVALID_ARGUMENT,
        "the pod's annotation " + annotation + ": \"" + text + "\" " + why);
  }
}
