package dev.cofferdam.shim.stream;

import dev.cofferdam.sandbox.ExecProcess;

/** What an exec URL leads to. */
@FunctionalInterface
public interface ExecTarget {

  /**
   * Starts the command. Called once the client has opened its streams, on a thread that may block.
   *
   * @throws dev.cofferdam.sandbox.SandboxException whose message the client gets to see
   */
  ExecProcess start();
}
