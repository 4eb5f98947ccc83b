package dev.cofferdam.microvm.volume;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The shim's side of a sandbox's file service ({@code guest/files}): volumes come and go over its
 * control socket. Keeps no state: after a restart of the shim it is used as before. Thread-safe.
 *
 * @param control its control socket, in a folder that only root can write to
 */
public record FileService(Path control) {

  /** 256 volumes, their IDs of at most 64 characters. */
  private static final int LONGEST_ANSWER = 32 << 10;

  private static final Duration PAUSE = Duration.ofMillis(5);

  /**
   * The command line of one sandbox's service. It runs until it is killed; both sockets are there
   * soon after its start.
   *
   * @param vsock the monitor's Unix socket for vsock
   * @param user the monitor's user and group
   */
  public static List<String> command(Path program, Path vsock, int user, Path control) {
    return List.of(
        program.toString(),
        "--guest",
        vsock + "_" + GuestVolume.HostFiles.VSOCK_PORT,
        "--guest-owner",
        user + ":" + user,
        "--control",
        control.toString());
  }

  /**
   * Waits until a service that was just started answers.
   *
   * @throws SandboxException PROGRAM_FAILED: it has ended; DEADLINE_EXCEEDED
   */
  public void awaitReady(ProcessHandle process, Deadline deadline) {
    while (true) {
      try {
        ask("list", List.of(), deadline);
        return;
      } catch (SandboxException e) {
        if (!process.isAlive()) {
          throw new SandboxException(
              ErrorCode.PROGRAM_FAILED,
              "the file service ended at once; what it said is in the sandbox's log",
              e);
        }
        if (e.code() != ErrorCode.UNAVAILABLE || deadline.passed()) {
          throw e;
        }
        pause();
      }
    }
  }

  /**
   * Hands a volume over. Repeating it is no error.
   *
   * @param root a mount of its own
   */
  void add(String id, boolean exclusive, boolean readOnly, Fd root, Deadline deadline) {
    String mode = (exclusive ? "exclusive" : "shared") + "," + (readOnly ? "ro" : "rw");
    ask("add " + id + " " + mode, List.of(root), deadline);
  }

  /** Takes a volume back, which frees what it is mounted from; one that isn't there is no error. */
  void remove(String id, Deadline deadline) {
    ask("remove " + id, List.of(), deadline);
  }

  /** IDs of the volumes that it has. */
  public Set<String> volumes(Deadline deadline) {
    String answer = ask("list", List.of(), deadline).strip();
    return answer.isEmpty() ? Set.of() : Set.of(answer.split(" "));
  }

  private String ask(String command, List<Fd> fds, Deadline deadline) {
    String tried = "telling the file service at " + control + " to " + command;
    try (Fd socket = UnixSockets.connect(control)) {
      byte[] line = (command + "\n").getBytes(StandardCharsets.US_ASCII);
      UnixSockets.sendWithFds(socket, line, fds, deadline.remaining());
      String answer = answer(socket, deadline);
      if (answer.startsWith("ok")) {
        return answer.substring(2);
      }
      throw new SandboxException(ErrorCode.PROGRAM_FAILED, tried + ": it said " + answer);
    } catch (SocketTimeoutException e) {
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, tried + ": no answer in time", e);
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.UNAVAILABLE, tried + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(tried, e);
    }
  }

  private static String answer(Fd socket, Deadline deadline)
      throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocate(LONGEST_ANSWER);
    while (buffer.position() == 0 || buffer.get(buffer.position() - 1) != '\n') {
      UnixSockets.Received received =
          UnixSockets.receiveWithFds(socket, buffer, deadline.remaining());
      received.fds().forEach(Fd::close);
      if (received.bytes() < 0 || !buffer.hasRemaining()) {
        throw new IOException("it hung up within its answer");
      }
    }
    return StandardCharsets.US_ASCII.decode(buffer.flip()).toString().strip();
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for the file service", e);
    }
  }
}
