package dev.cofferdam.shim.keeper;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A real keeper for tests, which outlives whoever starts it until it is stopped. */
public final class KeeperProcess {
  /** Where Maven has built it. */
  public static final Path BINARY = Path.of("target/keeper/release/cofferdam-keeper");

  private KeeperProcess() {}

  public static Keeper at(Path socket) {
    return Keeper.connectOrStart(BINARY.toAbsolutePath(), socket, Duration.ofSeconds(10));
  }

  /** Ends the keeper of this socket, whoever started it. */
  public static void stopAt(Path socket) {
    for (ProcessHandle keeper :
        ProcessHandle.allProcesses().filter(p -> isKeeperOf(p, socket)).toList()) {
      keeper.destroyForcibly();
      keeper.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }

  private static boolean isKeeperOf(ProcessHandle process, Path socket) {
    ProcessHandle.Info info = process.info();
    return info.command().filter(c -> c.endsWith("cofferdam-keeper")).isPresent()
        && info.arguments()
            .filter(a -> a.length == 1 && a[0].equals(socket.toString()))
            .isPresent();
  }
}
