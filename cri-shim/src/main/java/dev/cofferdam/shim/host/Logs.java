package dev.cofferdam.shim.host;

import dev.cofferdam.sandbox.Stdio;
import java.nio.file.Path;
import java.util.Optional;

/** Where containers' output goes. */
public interface Logs {

  /**
   * Makes a container's standard streams and pumps its output into its log.
   *
   * @param folder for what has to be on disk; of the container's own
   * @param logFile empty: the output is for those who attach only
   */
  Stdio open(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal);

  /** Goes on after a restart with what {@link #open} made. */
  void adopt(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal);

  /** Opens the log anew: it was moved away. */
  void reopen(String containerId);

  /** The process has ended: returns once all that it wrote is in the log. */
  void finish(String containerId);

  /** Nothing when it is not there. */
  void remove(String containerId);
}
