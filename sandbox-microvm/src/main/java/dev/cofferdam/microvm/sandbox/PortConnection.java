package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Connections to what listens in the pod, through the agent's port for them; see guest.proto. */
final class PortConnection {
  private static final int FORWARD_PORT = 1025;
  private static final int LONGEST_LINE = 512;

  private PortConnection() {}

  static ByteChannel open(Path vsock, int port, Deadline deadline) {
    if (port < 1 || port > 65535) {
      throw new SandboxException(ErrorCode.INVALID_ARGUMENT, "no TCP port: " + port);
    }
    Fd socket = null;
    try {
      socket = UnixSockets.connect(vsock);
      String through = ask(socket, "CONNECT " + FORWARD_PORT, deadline);
      String answer =
          through.startsWith("OK ") ? ask(socket, Integer.toString(port), deadline) : through;
      if (!answer.equals("OK")) {
        throw new IOException(answer);
      }
      return new Channel(socket);
    } catch (IOException e) {
      if (socket != null) {
        socket.close();
      }
      throw new SandboxException(
          ErrorCode.UNAVAILABLE,
          "cannot connect to port " + port + " in the pod: " + e.getMessage() + "; does it listen?",
          e);
    } catch (InterruptedException e) {
      socket.close();
      throw Failures.interrupted("connecting to port " + port, e);
    }
  }

  /** Byte by byte: what comes after the line is the connection's. */
  private static String ask(Fd socket, String line, Deadline deadline)
      throws IOException, InterruptedException {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
    UnixSockets.sendWithFds(socket, bytes, List.of(), deadline.remaining());
    StringBuilder answer = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (answer.length() < LONGEST_LINE) {
      one.clear();
      if (UnixSockets.receiveWithFds(socket, one, deadline.remaining()).bytes() < 0) {
        throw new IOException("the guest closed the connection");
      }
      if (one.get(0) == '\n') {
        return answer.toString();
      }
      answer.append((char) one.get(0));
    }
    throw new IOException("the guest answered nonsense");
  }

  /** Blocking reads and writes that hold up no carrier thread. */
  private record Channel(Fd socket) implements ByteChannel {
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    @Override
    public int read(ByteBuffer into) throws IOException {
      if (!into.hasRemaining()) {
        return 0;
      }
      while (true) {
        int count = socket.read(into);
        if (count != 0) {
          return count;
        }
        await(Epoll.IN);
      }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      int length = from.remaining();
      while (from.hasRemaining()) {
        if (socket.write(from) == 0) {
          await(Epoll.OUT);
        }
      }
      return length;
    }

    private void await(int events) throws IOException {
      try {
        var _ = socket.await(events, LONGEST_WAIT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new java.nio.channels.ClosedByInterruptException();
      }
    }

    @Override
    public boolean isOpen() {
      return !socket.isClosed();
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
