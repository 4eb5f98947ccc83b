package dev.cofferdam.shim.host;

import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.stream.ClientStreams;
import java.nio.file.Path;
import java.util.List;
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

  /**
   * Copies between a container and a client until either has ended.
   *
   * @param stdinOnce whether the end of the client's input is the end of the container's
   * @return blank when the container has ended, else why the client was cut off
   */
  String attach(String containerId, ClientStreams client, boolean stdinOnce)
      throws InterruptedException;

  /** Sets the size of a container's terminal, in characters. */
  void resize(String containerId, int columns, int rows);

  /** The containers of which streams are held open. */
  List<String> containerIds();

  /** Nothing when it is not there. */
  void remove(String containerId);
}
