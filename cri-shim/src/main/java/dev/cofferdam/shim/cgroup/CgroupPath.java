package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Where a pod's cgroup lies below each hierarchy's root. Pure. */
final class CgroupPath {
  /** The parent of sandboxes that name none, as {@code crictl} makes them. */
  static final String DEFAULT_PARENT = "/cofferdam";

  private static final Pattern NAME = Pattern.compile("[^/\\x00-\\x1f]{1,255}");

  private CgroupPath() {}

  /**
   * @return an absolute path of plain names
   * @throws SandboxException INVALID_ARGUMENT for a path that isn't one
   */
  static String of(String parent, String sandboxId) {
    if (sandboxId.contains("/")) {
      throw invalid(sandboxId, "holds a slash");
    }
    if (SystemdSlice.names(parent)) {
      return SystemdSlice.scope(parent, sandboxId);
    }
    return checked((parent.isBlank() ? DEFAULT_PARENT : parent) + "/" + sandboxId);
  }

  /** The same path without repeated slashes. */
  static String checked(String path) {
    if (!path.startsWith("/")) {
      throw invalid(path, "is not absolute");
    }
    List<String> names = names(path);
    if (names.isEmpty()) {
      throw invalid(path, "is the root");
    }
    for (String name : names) {
      if (name.equals(".") || name.equals("..") || !NAME.matcher(name).matches()) {
        throw invalid(path, "holds a name that isn't one: \"" + name + "\"");
      }
    }
    return "/" + String.join("/", names);
  }

  static boolean inDefaultParent(String path) {
    return path.startsWith(DEFAULT_PARENT + "/");
  }

  static List<String> names(String path) {
    return Arrays.stream(path.split("/", -1)).filter(name -> !name.isEmpty()).toList();
  }

  private static SandboxException invalid(String path, String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, "cgroup path \"" + path + "\" " + why);
  }
}
