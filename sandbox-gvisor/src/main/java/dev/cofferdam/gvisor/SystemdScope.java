package dev.cofferdam.gvisor;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pod's cgroup that is systemd's to make: {@code /…/pods.slice/prefix-name.scope}. runsc asks for
 * it over D-Bus and moves itself in, for a scope begins with a process.
 */
record SystemdScope(String slice, String prefix, String name) {
  private static final Pattern PATH =
      Pattern.compile("(?:/[^/]+\\.slice)*/([^/:]+\\.slice)/([^/:-]+)-([^/:]+)\\.scope");

  static Optional<SystemdScope> of(String cgroup) {
    Matcher matcher = PATH.matcher(cgroup);
    return matcher.matches()
        ? Optional.of(new SystemdScope(matcher.group(1), matcher.group(2), matcher.group(3)))
        : Optional.empty();
  }

  /** As OCI runtimes want it. */
  String cgroupsPath() {
    return slice + ":" + prefix + ":" + name;
  }
}
