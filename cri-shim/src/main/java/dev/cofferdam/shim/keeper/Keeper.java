package dev.cofferdam.shim.keeper;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.SocketTimeoutException;
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
  private static final int TRIES = 4;

  /** The first version of its protocol with {@code hold}. */
  private static final int HOLDS = 2;

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

  /**
   * Leaves a copy there for as long as what this gives is open, and for a while longer: however
   * this process ends, the next one finds it in that time.
   *
   * @throws SandboxException UNSUPPORTED when the keeper is one of the version before
   */
  public Fd hold(String name, Fd descriptor, Duration after) {
    if (version() < HOLDS) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "the keeper at " + socket + " is of a version before, which holds nothing for a time");
    }
    String request = "hold " + after.toMillis() + " " + name;
    Fd connection = null;
    try {
      connection = connect();
      UnixSockets.sendWithFds(connection, line(request), List.of(descriptor), PATIENCE);
      ByteBuffer answer = ByteBuffer.allocate(512);
      do {
        UnixSockets.Received received = UnixSockets.receiveWithFds(connection, answer, PATIENCE);
        if (received.bytes() < 0) {
          throw new IOException("it closed the connection");
        }
      } while (answer.get(answer.position() - 1) != '\n');
      String text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
      if (!text.equals("ok\n")) {
        throw new IOException(text.strip());
      }
      return connection;
    } catch (IOException | InterruptedException e) {
      if (connection != null) {
        connection.close();
      }
      throw failure(request, e);
    }
  }

  /** The version of the keeper's protocol; 1 did not say so yet. */
  private int version() {
    try {
      return Integer.parseInt(
          ask("version", List.of()).text().lines().skip(1).findFirst().orElse("1"));
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.INTERNAL) {
        return 1;
      }
      throw e;
    }
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

  /**
   * More than once if need be: the keeper serves one after the other and gives up a caller who has
   * said nothing for two seconds, which on a machine without a free moment is no fault of anybody.
   */
  private Answer ask(String request, List<Fd> send) {
    Answer answer;
    for (int left = TRIES; ; left--) {
      try {
        answer = exchange(request, send);
        break;
      } catch (SocketTimeoutException | InterruptedException e) {
        throw failure(request, e);
      } catch (IOException e) {
        if (left == 1) {
          throw failure(request, e);
        }
      }
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

  private Answer exchange(String request, List<Fd> send) throws IOException, InterruptedException {
    try (Fd connection = connect()) {
      UnixSockets.sendWithFds(connection, line(request), send, PATIENCE);
      Answer answer = answer(connection);
      if (answer.text().isEmpty()) {
        throw new IOException("it closed the connection");
      }
      return answer;
    }
  }

  private static byte[] line(String request) {
    return (request + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private SandboxException failure(String request, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while asking the keeper for '" + request + "'", e);
    }
    return new SandboxException(
        ErrorCode.UNAVAILABLE,
        "keeper at " + socket + " did not answer '" + request + "': " + e.getMessage(),
        e);
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
