package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdStreams;
import dev.cofferdam.linux.Pipe;
import dev.cofferdam.linux.Pty;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a process inside, as seen from here and from there: three pipes, or a terminal.
 *
 * @param inside what the process gets as descriptors 0, 1 and 2
 * @param terminal the terminal's master, where it is one
 */
record ExecStreams(
    List<Fd> inside,
    OutputStream stdin,
    InputStream stdout,
    InputStream stderr,
    List<Fd> outside,
    @Nullable Fd terminal) {

  static ExecStreams open(boolean terminal) throws IOException {
    return terminal ? openTerminal() : openPipes();
  }

  private static ExecStreams openTerminal() throws IOException {
    Pty pty = Pty.open();
    try {
      Fd slave = Fd.open(pty.slave(), Fd.O_RDWR | Fd.O_NOCTTY, 0);
      FdStreams streams = Pty.stream(pty.master());
      return new ExecStreams(
          List.of(slave),
          new TerminalInput(streams.output(), pty.master()),
          streams.input(),
          InputStream.nullInputStream(),
          List.of(pty.master()),
          pty.master());
    } catch (IOException e) {
      pty.master().close();
      throw e;
    }
  }

  private static ExecStreams openPipes() throws IOException {
    List<Fd> inside = new ArrayList<>();
    List<Fd> outside = new ArrayList<>();
    try {
      for (int guestFd = 0; guestFd < 3; guestFd++) {
        Pipe pipe = Pipe.open();
        boolean input = guestFd == 0;
        inside.add(input ? pipe.read() : pipe.write());
        outside.add(input ? pipe.write() : pipe.read());
        outside.getLast().setNonBlocking(true); // the process's own end must block
      }
    } catch (IOException | RuntimeException e) {
      inside.forEach(Fd::close);
      outside.forEach(Fd::close);
      throw e;
    }
    return new ExecStreams(
        inside,
        new FdStreams(outside.get(0)).output(),
        new FdStreams(outside.get(1)).input(),
        new FdStreams(outside.get(2)).input(),
        outside,
        null);
  }

  /** To be called once the sentry has its own copies. */
  void closeInside() {
    inside.forEach(Fd::close);
  }

  void close() {
    outside.forEach(Fd::close);
  }

  /** The end of input on a terminal is a character; closing the master would hang it up. */
  private static final class TerminalInput extends OutputStream {
    private static final int END_OF_TRANSMISSION = 4;

    private final OutputStream out;
    private final Fd master;

    TerminalInput(OutputStream out, Fd master) {
      this.out = out;
      this.master = master;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (!master.isClosed()) {
        out.write(END_OF_TRANSMISSION);
      }
    }
  }
}
