package dev.cofferdam.shim.stream;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;

/** A process whose program is a lambda, with real pipes for its streams. */
final class ScriptedProcess implements ExecProcess {

  /** What the process does; what it returns is its exit code. */
  @FunctionalInterface
  interface Program {
    int run(InputStream stdin, OutputStream stdout, OutputStream stderr)
        throws IOException, InterruptedException;
  }

  final List<String> sizes = new CopyOnWriteArrayList<>();
  final CompletableFuture<Integer> signal = new CompletableFuture<>();
  final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Pipe stdin;
  private final Pipe stdout;
  private final Pipe stderr;
  private final Thread thread;

  ScriptedProcess(Program program) {
    try {
      stdin = Pipe.open();
      stdout = Pipe.open();
      stderr = Pipe.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = Thread.ofVirtual().start(() -> run(program));
  }

  private void run(Program program) {
    try (InputStream in = Channels.newInputStream(stdin.source());
        OutputStream out = Channels.newOutputStream(stdout.sink());
        OutputStream err = Channels.newOutputStream(stderr.sink())) {
      exit.complete(program.run(in, out, err));
    } catch (IOException | InterruptedException _) {
      exit.complete(137);
    }
  }

  @Override
  public OutputStream stdin() {
    return Channels.newOutputStream(stdin.sink());
  }

  @Override
  public InputStream stdout() {
    return Channels.newInputStream(stdout.source());
  }

  @Override
  public InputStream stderr() {
    return Channels.newInputStream(stderr.source());
  }

  @Override
  public void resize(int columns, int rows) {
    sizes.add(columns + "x" + rows);
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    try {
      return new ExitStatus(exit.get(), false, Instant.EPOCH);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Optional<ExitStatus> awaitExit(Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void signal(int number, Deadline deadline) {
    signal.complete(number);
    exit.complete(128 + number);
    thread.interrupt();
  }

  @Override
  public void close() {
    thread.interrupt();
    exit.complete(137);
    closed.complete(null);
  }
}
