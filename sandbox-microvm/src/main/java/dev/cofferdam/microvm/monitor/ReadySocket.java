package dev.cofferdam.microvm.monitor;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a guest that has booted connects to: the host's vsock port 1027, of guest.proto. Nobody may
 * knock at the guest before: a connection that reaches {@code vhost-device-vsock} (0.3.0) while the
 * guest's kernel sets its queues up ends the device's thread, and the guest is never heard of. Not
 * thread-safe.
 */
public class ReadySocket implements AutoCloseable {
  private static final int PORT = 1027;
  private static final int BACKLOG = 1;

  /** How soon it is noticed that the monitor has ended. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private @Nullable Path path;
  private @Nullable Fd listening;

  /**
   * Listens. To be called before the guest's first instruction.
   *
   * @param vsock the monitor's socket; its folder is there
   * @param user that the monitor is, who connects for the guest
   */
  public void listen(Path vsock, int user) throws IOException {
    Path socket = vsock.resolveSibling(vsock.getFileName() + "_" + PORT);
    Files.deleteIfExists(socket);
    listening = UnixSockets.listen(socket, BACKLOG);
    path = socket;
    MonitorFiles.give(socket, user);
  }

  /**
   * Waits until the guest says that it listens.
   *
   * @param running whether the monitor does
   * @throws SandboxException DEADLINE_EXCEEDED; PROGRAM_FAILED: the monitor ended first
   */
  public void await(BooleanSupplier running, Deadline deadline) {
    Fd socket = listening;
    if (socket == null) {
      throw new IllegalStateException("nothing listens yet");
    }
    try {
      while (!socket.await(Epoll.IN, deadline.atMost(LOOK).remaining())) {
        if (!running.getAsBoolean()) {
          throw new SandboxException(
              ErrorCode.PROGRAM_FAILED, "the monitor ended while its guest booted");
        }
        if (deadline.passed()) {
          throw new SandboxException(
              ErrorCode.DEADLINE_EXCEEDED, "the guest has not booted in time");
        }
      }
    } catch (IOException e) {
      throw Failures.io("waiting for the guest's boot on " + path, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for the guest's boot", e);
    }
  }

  /** From now on nobody listens. */
  @Override
  public void close() {
    Fd socket = listening;
    if (socket != null) {
      socket.close();
    }
  }
}
