package dev.cofferdam.shim.cni;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Collection;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of the CNI specification, {@code major.minor.patch}. */
record CniVersion(int major, int minor, int patch) implements Comparable<CniVersion> {
  /** The newest one we speak. */
  static final CniVersion NEWEST = new CniVersion(1, 1, 0);

  /** The first with lists of plugins and {@code prevResult}; older results have another shape. */
  static final CniVersion OLDEST = new CniVersion(0, 3, 0);

  private static final CniVersion CHECK = new CniVersion(0, 4, 0);
  private static final CniVersion PLAIN_IPS = new CniVersion(1, 0, 0);
  private static final CniVersion STATUS = new CniVersion(1, 1, 0);

  private static final Pattern FORM = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})");

  private static final Comparator<CniVersion> ORDER =
      Comparator.comparingInt(CniVersion::major)
          .thenComparingInt(CniVersion::minor)
          .thenComparingInt(CniVersion::patch);

  static CniVersion parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "\"" + text + "\" is not a CNI version such as 1.0.0");
    }
    return new CniVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /** The newest of {@code offered} that we speak. */
  static CniVersion negotiate(Collection<String> offered) {
    return offered.stream()
        .map(CniVersion::parse)
        .filter(CniVersion::supported)
        .max(Comparator.naturalOrder())
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.INVALID_ARGUMENT,
                    "cniVersion " + offered + " is none of " + OLDEST + " to " + NEWEST));
  }

  boolean supported() {
    return compareTo(OLDEST) >= 0 && compareTo(NEWEST) <= 0;
  }

  boolean hasCheck() {
    return compareTo(CHECK) >= 0;
  }

  /** DEL is given what ADD returned. */
  boolean deleteTakesPreviousResult() {
    return compareTo(CHECK) >= 0;
  }

  boolean hasStatus() {
    return compareTo(STATUS) >= 0;
  }

  boolean hasGc() {
    return compareTo(STATUS) >= 0;
  }

  /** Before 1.0.0 each address in a result says whether it is of IP version 4 or 6. */
  boolean marksIpVersion() {
    return compareTo(PLAIN_IPS) < 0;
  }

  @Override
  public int compareTo(CniVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
