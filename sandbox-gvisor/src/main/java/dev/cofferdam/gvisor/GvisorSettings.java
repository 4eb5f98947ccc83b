package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The backend's section of the shim's configuration.
 *
 * @param runsc path of runsc, or its name to be found in PATH; key {@code runsc}
 * @param pids most processes and threads of a container that has no limit of its own; key {@code
 *     pids}
 * @param control how running sentries are spoken to; key {@code control}
 */
record GvisorSettings(String runsc, ControlWay control, long pids) {
  private static final Set<String> KEYS = new TreeSet<>(Set.of("control", "pids", "runsc"));

  private static final String MOST_PIDS = "4096";

  static GvisorSettings of(Map<String, String> settings) {
    Set<String> unknown = new TreeSet<>(settings.keySet());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "unknown settings of the gVisor backend: " + unknown + "; known are: " + KEYS);
    }
    String runsc = settings.getOrDefault("runsc", "runsc");
    if (runsc.isBlank()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "the gVisor backend's setting `runsc` is empty");
    }
    return new GvisorSettings(
        runsc,
        ControlWay.of(settings.getOrDefault("control", "auto")),
        pids(settings.getOrDefault("pids", MOST_PIDS)));
  }

  private static long pids(String text) {
    if (!text.matches("[1-9][0-9]{0,6}")) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "the gVisor backend's setting `pids` is no number from 1 to 9999999: \"" + text + "\"");
    }
    return Long.parseLong(text);
  }
}
