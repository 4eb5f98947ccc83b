package dev.cofferdam.microvm.monitor;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pod's cgroup that is systemd's to make: {@code /…/pods.slice/prefix-name.scope}. A scope begins
 * with a process and goes with its last one, so the machine's first program asks for it.
 */
record PodScope(String slice, String unit) {
  private static final Pattern PATH =
      Pattern.compile("(?:/[^/]+\\.slice)*/([^/:]+\\.slice)/([^/:]+\\.scope)");

  static Optional<PodScope> of(String cgroup) {
    Matcher matcher = PATH.matcher(cgroup);
    return matcher.matches()
        ? Optional.of(new PodScope(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  /**
   * What runs a program in the scope, as the same process: systemd-run(1). Delegated, so that
   * systemd leaves alone what is in it; without its usual dependencies, so that kubelet, not
   * systemd, ends pods when the node goes down.
   */
  List<String> command() {
    return List.of(
        "systemd-run",
        "--scope",
        "--quiet",
        "--collect",
        "--slice=" + slice,
        "--unit=" + unit,
        "--property=Delegate=yes",
        "--property=DefaultDependencies=no",
        "--");
  }
}
