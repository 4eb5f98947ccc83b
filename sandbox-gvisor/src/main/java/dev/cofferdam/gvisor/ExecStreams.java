package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdStreams;
import dev.cofferdam.linux.Fifo;
import dev.cofferdam.linux.Pty;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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

  static ExecStreams open(Path folder, boolean terminal) throws IOException {
    return terminal ? openTerminal() : openPipes(folder);
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

  private static ExecStreams openPipes(Path folder) throws IOException {
    List<Fd> opened = new ArrayList<>();
    try {
      for (int guestFd = 0; guestFd < 3; guestFd++) {
        addPipe(folder, guestFd == 0, opened);
      }
    } catch (IOException | RuntimeException e) {
      opened.forEach(Fd::close);
      throw e;
    }
    return new ExecStreams(
        List.of(opened.get(0), opened.get(2), opened.get(4)),
        new FdStreams(opened.get(1)).output(),
        new FdStreams(opened.get(3)).input(),
        new FdStreams(opened.get(5)).input(),
        List.of(opened.get(1), opened.get(3), opened.get(5)),
        null);
  }

  /** Adds the end for the process, then ours. */
  private static void addPipe(Path folder, boolean input, List<Fd> opened) throws IOException {
    Path path = folder.resolve("exec-" + UUID.randomUUID());
    Fifo.create(path, 0600);
    // Open both ways, so that no end's opening waits for the other's. The process's end must block:
    // the flag is the open file's, so the workload would see ours.
    Fd both = Fd.open(path, Fd.O_RDWR | Fd.O_NONBLOCK, 0);
    try {
      opened.add(Fd.open(path, input ? Fd.O_RDONLY : Fd.O_WRONLY, 0));
      opened.add(Fd.open(path, (input ? Fd.O_WRONLY : Fd.O_RDONLY) | Fd.O_NONBLOCK, 0));
    } finally {
      both.close();
      Files.delete(path);
    }
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
