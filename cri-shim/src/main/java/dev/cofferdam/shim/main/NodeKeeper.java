package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.ListeningSocket;
import dev.cofferdam.shim.keeper.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The node's keeper, or why there is none: sandboxed pods cannot be served then, but the others
 * are.
 */
final class NodeKeeper {
  private final @Nullable Keeper keeper;
  private final @Nullable SandboxException failure;

  private NodeKeeper(@Nullable Keeper keeper, @Nullable SandboxException failure) {
    this.keeper = keeper;
    this.failure = failure;
  }

  /** Finds it, or starts it. */
  static NodeKeeper of(Settings settings) {
    Path run = settings.path(Setting.RUN_FOLDER);
    try {
      Files.createDirectories(run);
      return new NodeKeeper(
          Keeper.connectOrStart(
              program(settings),
              run.resolve("keeper.sock"),
              settings.duration(Setting.KEEPER_TIMEOUT)),
          null);
    } catch (IOException e) {
      return new NodeKeeper(
          null,
          new SandboxException(ErrorCode.INTERNAL, "cannot make the folder " + run + ": " + e, e));
    } catch (SandboxException e) {
      return new NodeKeeper(null, e);
    }
  }

  private static Path program(Settings settings) {
    return settings
        .optional(Setting.KEEPER_PROGRAM)
        .map(Path::of)
        .orElseGet(
            // Set by the launcher, to where the distribution lies.
            () -> Path.of(System.getProperty("cofferdam.home", "/"), "bin", "cofferdam-keeper"));
  }

  /**
   * The keeper.
   *
   * @throws SandboxException the reason why there is none
   */
  Keeper get() {
    if (keeper == null) {
      throw failure == null ? new IllegalStateException() : failure;
    }
    return keeper;
  }

  /** The socket that a shim before left with it. */
  Optional<Fd> kept(ListeningSocket socket) {
    return keeper == null ? Optional.empty() : KeptSocket.find(keeper, socket);
  }

  /** Leaves a copy of the socket with it, until this is closed and a while longer. */
  AutoCloseable keep(ListeningSocket socket, Duration keptFor) {
    return keeper == null ? () -> {} : KeptSocket.with(keeper, socket, keptFor);
  }
}
