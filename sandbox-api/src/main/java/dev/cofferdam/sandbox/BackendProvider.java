package dev.cofferdam.sandbox;

import java.nio.file.Path;
import java.util.Map;

/**
 * Found by {@link java.util.ServiceLoader}: how the shim gets its backends without knowing them.
 */
public interface BackendProvider {

  /** The same as {@link Backend#name()} of what {@link #open} gives. */
  String name();

  /**
   * Opens the backend. Runs nothing and succeeds even where the backend cannot work: {@link
   * Backend#probe} is what tells.
   *
   * @param runtimeDirectory a folder of the backend's own that is gone after a reboot
   * @param settings the backend's section of the shim's configuration; unknown keys are an {@link
   *     ErrorCode#INVALID_ARGUMENT}
   */
  Backend open(Path runtimeDirectory, Map<String, String> settings);
}
