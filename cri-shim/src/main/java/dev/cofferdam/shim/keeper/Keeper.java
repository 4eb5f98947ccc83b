package dev.cofferdam.shim.keeper;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Client of the keeper process. Names are {@code <container ID>/<stream>}. Thread-safe; each call
 * may be repeated, and fails with {@link ErrorCode#UNAVAILABLE} when the keeper does not answer.
 */
public final class Keeper {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_ANSWER_BYTES = 16 << 20;

  private final KeeperStart start;
  private final Path socket;
  private final List<Runnable> onRestart = new CopyOnWriteArrayList<>();

  Keeper(Path binary, Path socket) {
    this.start = new KeeperStart(binary, socket);
    this.socket = socket;
  }

  /**
   * Finds the keeper that serves this socket, or starts one that outlives this process.
   *
   * @param binary the program {@code cofferdam-keeper}
   * @param socket where it listens; its folder exists
   * @throws SandboxException PROGRAM_MISSING, PROGRAM_FAILED or DEADLINE_EXCEEDED
   */
  public static Keeper connectOrStart(Path binary, Path socket, Duration timeout) {
    Keeper keeper = new Keeper(binary, socket);
    var _ = keeper.start.ensure(timeout);
    return keeper;
  }

  /** Runs an action whenever a new keeper had to be started, which holds nothing yet. */
  public void onRestart(Runnable action) {
    onRestart.add(action);
  }

  /**
   * Starts a new keeper if the old one has died, which nobody should end but whoever takes the node
   * down.
   */
  public void revive() {
    if (start.ensure(PATIENCE)) {
      onRestart.forEach(Runnable::run);
    }
  }

  /** Leaves a copy of the descriptor there, in place of one of the same name. */
  public void put(String name, Fd descriptor) {
    ask("put " + name, List.of(descriptor)).fds().forEach(Fd::close);
  }

  /** A copy of what was left under this name; the caller closes it. */
  public Optional<Fd> get(String name) {
    Answer answer = ask("get " + name, List.of());
    return answer.fds().stream().findFirst();
  }

  /** Lets a descriptor go; does nothing when there is none. */
  public void drop(String name) {
    ask("drop " + name, List.of());
  }

  public List<String> names() {
    return ask("list", List.of()).text().lines().skip(1).toList();
  }

  private record Answer(String text, List<Fd> fds) {
    private Answer {
      fds = List.copyOf(fds);
    }
  }

  private Fd connect() throws IOException {
    try {
      return UnixSockets.connect(socket);
    } catch (IOException e) {
      revive();
      return UnixSockets.connect(socket);
    }
  }

  private Answer ask(String request, List<Fd> send) {
    Answer answer;
    try (Fd connection = connect()) {
      byte[] line = (request + "\n").getBytes(StandardCharsets.UTF_8);
      UnixSockets.sendWithFds(connection, line, send, PATIENCE);
      answer = answer(connection);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE,
          "keeper at " + socket + " did not answer '" + request + "': " + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while asking the keeper for '" + request + "'", e);
    }
    if (!answer.text().startsWith("ok\n") && !answer.text().startsWith("none\n")) {
      answer.fds().forEach(Fd::close);
      boolean full = answer.text().startsWith("error full");
      throw new SandboxException(
          full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.INTERNAL,
          "keeper at " + socket + " refused '" + request + "': " + answer.text().strip());
    }
    return answer;
  }

  /** The keeper closes the connection after its answer. */
  private static Answer answer(Fd connection) throws IOException, InterruptedException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    List<Fd> fds = List.of();
    while (true) {
      if (!bytes.hasRemaining()) {
        if (bytes.capacity() >= MOST_ANSWER_BYTES) {
          throw new IOException("its answer does not end");
        }
        bytes = ByteBuffer.allocate(bytes.capacity() * 4).put(bytes.flip());
      }
      UnixSockets.Received received;
      try {
        received = UnixSockets.receiveWithFds(connection, bytes, PATIENCE);
      } catch (IOException | InterruptedException e) {
        fds.forEach(Fd::close);
        throw e;
      }
      if (received.bytes() < 0) {
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        return new Answer(text, fds);
      }
      if (!received.fds().isEmpty()) {
        fds = received.fds();
      }
    }
  }
}
