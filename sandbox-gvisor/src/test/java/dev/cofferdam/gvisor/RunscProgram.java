package dev.cofferdam.gvisor;

import java.util.Map;

/**
 * The runsc under test. Without one a lane that needs it fails: it must not pass by doing nothing.
 */
final class RunscProgram {
  private RunscProgram() {}

  static Map<String, String> settings() {
    String path = System.getProperty("cofferdam.runsc", System.getenv("COFFERDAM_RUNSC"));
    if (path == null || path.isBlank()) {
      throw new AssertionError(
          "the contract lane needs runsc: set COFFERDAM_RUNSC (or -Dcofferdam.runsc) to its path");
    }
    return Map.of("runsc", path);
  }
}
