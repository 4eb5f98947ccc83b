package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;

/** How a running sentry is spoken to: the backend's setting {@code control}. */
enum ControlWay {
  /** On its control socket where runsc's version is one that was tested, else by commands. */
  AUTO,
  /** On its control socket, whatever the version. */
  SOCKET,
  /** By runsc's command line, whatever the version. */
  COMMANDS;

  static ControlWay of(String setting) {
    return switch (setting) {
      case "auto" -> AUTO;
      case "socket" -> SOCKET;
      case "commands" -> COMMANDS;
      default ->
          throw new SandboxException(
              ErrorCode.INVALID_ARGUMENT,
              "the gVisor backend's setting `control` is \""
                  + setting
                  + "\"; it may be auto, socket or commands");
    };
  }
}
