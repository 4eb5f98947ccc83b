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
 * @param control how running sentries are spoken to; key {@code control}
 */
record GvisorSettings(String runsc, ControlWay control) {
  private static final Set<String> KEYS = new TreeSet<>(Set.of("control", "runsc"));

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
    return new GvisorSettings(runsc, ControlWay.of(settings.getOrDefault("control", "auto")));
  }
}
