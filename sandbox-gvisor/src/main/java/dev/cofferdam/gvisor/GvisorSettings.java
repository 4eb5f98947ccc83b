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
 */
record GvisorSettings(String runsc) {

  static GvisorSettings of(Map<String, String> settings) {
    Set<String> unknown = new TreeSet<>(settings.keySet());
    unknown.remove("runsc");
    if (!unknown.isEmpty()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "unknown settings of the gVisor backend: " + unknown + "; known are: [runsc]");
    }
    String runsc = settings.getOrDefault("runsc", "runsc");
    if (runsc.isBlank()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "the gVisor backend's setting `runsc` is empty");
    }
    return new GvisorSettings(runsc);
  }
}
