package dev.cofferdam.shim.stream;

import java.io.IOException;

/** What an attach URL leads to: the streams of a container's own process. */
public interface AttachTarget {

  /**
   * Copies between the container and the client until the container's process has ended. The
   * calling thread may block; it is interrupted when the client has gone.
   *
   * @throws IOException if the client cannot be written to, which counts as gone
   * @throws dev.cofferdam.sandbox.SandboxException whose message the client gets to see
   */
  void connect(ClientStreams client) throws IOException, InterruptedException;

  /** Tells the container the size of the client's terminal, in characters. */
  void resize(int columns, int rows);
}
