package dev.cofferdam.shim.stream;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an exec or attach session on the thread that calls it, to its end. */
final class CommandSession {
  private static final Logger LOG = LoggerFactory.getLogger(CommandSession.class);
  private static final Duration SIGNAL_TIMEOUT = Duration.ofSeconds(5);
  private static final int SIGHUP = 1;
  private static final int BUFFER_BYTES = 32 * 1024;

  private final StreamSettings settings;
  private final CommandConnection connection;
  private final CompletionStage<?> gone;

  /**
   * @param gone completes when the client's connection has closed
   */
  CommandSession(StreamSettings settings, CommandConnection connection, CompletionStage<?> gone) {
    this.settings = settings;
    this.connection = connection;
    this.gone = gone;
  }

  void run(Ticket.Command command) throws InterruptedException {
    RemoteStatus status = new RemoteStatus.Failed("the session was broken off");
    try {
      status =
          switch (command) {
            case Ticket.Exec exec -> exec(exec);
            case Ticket.Attach attach -> attach(attach.target());
          };
    } catch (SandboxException e) {
      status = failed(command, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("a session of {} failed by a defect", command.path(), e);
      status = failed(command, e.toString());
    } finally {
      connection.finish(status);
    }
  }

  private static RemoteStatus failed(Ticket.Command command, String message) {
    String what =
        switch (command) {
          case Ticket.Exec _ -> "error executing command in container: ";
          case Ticket.Attach _ -> "error attaching to container: ";
        };
    return new RemoteStatus.Failed(what + message);
  }

  private RemoteStatus exec(Ticket.Exec exec) throws InterruptedException {
    try (ExecProcess process = exec.target().start()) {
      OutputPump stdout =
          new OutputPump("exec-stdout", process.stdout(), connection.client().stdout());
      OutputPump stderr =
          new OutputPump("exec-stderr", process.stderr(), connection.client().stderr());
      start("exec-stdin", () -> feed(process.stdin()));
      readResizes(process::resize);
      AtomicBoolean running = new AtomicBoolean(true);
      gone.thenRun(() -> start("exec-hangup", () -> hangUp(process, running)));
      int code = process.awaitExit().code();
      running.set(false);
      stdout.finish(settings.outputQuiet());
      stderr.finish(settings.outputQuiet());
      return RemoteStatus.ofExit(code);
    }
  }

  /** The client's input, and its end; at once if the client sends none. */
  private void feed(OutputStream stdin) {
    try (stdin) {
      if (connection.client().stdin().isPresent()) {
        copyEachPiece(connection.client().stdin().get(), stdin);
      }
    } catch (IOException _) {
      // The process reads no more; the client's input is dropped from here on.
    }
  }

  /** Whoever types waits for the answer to each piece, so nothing may rest in a buffer. */
  private static void copyEachPiece(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (from) {
      for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
        to.write(buffer, 0, count);
        to.flush();
      }
    }
  }

  /**
   * What a real terminal does to its session when it goes away, and what sessions without one get
   * too: nobody will ever read what the process says, and without a word it may stay for good.
   */
  private static void hangUp(ExecProcess process, AtomicBoolean running) {
    try {
      if (running.get()) {
        process.signal(SIGHUP, Deadline.after(SIGNAL_TIMEOUT));
      }
    } catch (SandboxException e) {
      LOG.debug("the process had ended before its terminal: {}", e.getMessage());
    }
  }

  private RemoteStatus attach(AttachTarget target) throws InterruptedException {
    Thread session = Thread.currentThread();
    gone.thenRun(session::interrupt);
    readResizes(target::resize);
    try {
      target.connect(connection.client());
      return new RemoteStatus.Success();
    } catch (IOException e) {
      return new RemoteStatus.Failed("error attaching to container: " + e.getMessage());
    }
  }

  private void readResizes(TerminalSizes.Consumer resized) {
    connection
        .resizes()
        .ifPresent(stream -> start("terminal-sizes", () -> TerminalSizes.read(stream, resized)));
  }

  private static void start(String name, Runnable body) {
    Thread.ofVirtual().name(name).start(body);
  }
}
