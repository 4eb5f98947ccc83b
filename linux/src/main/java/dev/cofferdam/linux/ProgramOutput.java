package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;

/**
 * A pipe for what a program prints. Who waits at it holds up no carrier thread; who waits at the
 * streams of a {@link Process} does, and with enough programs at once nothing else runs any more.
 */
public final class ProgramOutput implements AutoCloseable {
  private final Pipe pipe;
  private final FdInput input;

  private ProgramOutput(Pipe pipe) {
    this.pipe = pipe;
    this.input = new FdStreams(pipe.read()).input();
  }

  public static ProgramOutput open() throws IOException {
    Pipe pipe = Pipe.open();
    try {
      pipe.read().setNonBlocking(true); // the program's own end must block
      return new ProgramOutput(pipe);
    } catch (IOException | RuntimeException e) {
      pipe.read().close();
      pipe.write().close();
      throw e;
    }
  }

  /** For the program's output or errors. */
  public Redirect redirect() {
    return Redirect.to(Path.of("/proc/self/fd", "" + pipe.write().number()).toFile());
  }

  /** What it prints; for who has started it, since only then has it its own end. */
  public FdInput ofStarted() {
    pipe.write().close();
    return input;
  }

  /** Ends a wait; what the program still prints finds no reader. */
  @Override
  public void close() {
    pipe.write().close();
    pipe.read().close();
  }
}
