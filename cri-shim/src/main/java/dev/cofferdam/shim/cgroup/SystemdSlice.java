package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.regex.Pattern;

/**
 * Where systemd keeps a pod's scope: {@code a-b.slice} lies in {@code a.slice}, see
 * systemd.slice(5). Pure.
 */
final class SystemdSlice {
  private static final String SLICE = ".slice";
  private static final String SCOPE = ".scope";
  private static final String PREFIX = "cofferdam-";
  private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9:_.\\\\]+(-[A-Za-z0-9:_.\\\\]+)*");

  private SystemdSlice() {}

  /** Whether kubelet's systemd driver named this parent. */
  static boolean names(String parent) {
    return unit(parent).endsWith(SLICE);
  }

  /** Whether a path is one that {@link #scope} gave. */
  static boolean isScope(String path) {
    int name = path.lastIndexOf('/');
    return path.endsWith(SCOPE)
        && path.startsWith(PREFIX, name + 1)
        && path.substring(0, Math.max(0, name)).endsWith(SLICE);
  }

  /**
   * The path of the sandbox's scope.
   *
   * @param parent {@code a-b.slice}, with the slices around it or without, or {@code
   *     a-b.slice:prefix:name}, as runtimes write it
   */
  static String scope(String parent, String sandboxId) {
    String unit = unit(parent);
    String name = unit.substring(0, unit.length() - SLICE.length());
    if (name.equals("-")) {
      return "/" + PREFIX + sandboxId + SCOPE;
    }
    if (!UNIT.matcher(name).matches()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "cgroup parent \"" + parent + "\" is no slice of systemd");
    }
    StringBuilder path = new StringBuilder();
    for (int end = name.indexOf('-'); end >= 0; end = name.indexOf('-', end + 1)) {
      path.append('/').append(name, 0, end).append(SLICE);
    }
    return path.append('/')
        .append(unit)
        .append('/')
        .append(PREFIX)
        .append(sandboxId)
        .append(SCOPE)
        .toString();
  }

  private static String unit(String parent) {
    int colon = parent.indexOf(SLICE + ":");
    String path = colon < 0 ? parent : parent.substring(0, colon + SLICE.length());
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
