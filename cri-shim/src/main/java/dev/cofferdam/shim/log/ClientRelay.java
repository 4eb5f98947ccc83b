package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdStreams;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.UnixSockets;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One attached client between two shims: the one that it is connected to, and the next, which reads
 * what its container writes. A Unix socket with frames from the next to the one before (a kind, a
 * length, bytes) and single bytes the other way. The end of the socket without a word is the end of
 * the shim at its other side, or of the client.
 */
final class ClientRelay implements AutoCloseable {
  /** How many of a container's clients are handed over; the others are cut off. */
  static final int MOST = 16;

  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int END = 3;
  private static final int FRAME_HEAD = 1 + Integer.BYTES;
  private static final int LONGEST_FRAME = 1 << 20;
  private static final int RELEASE_STDIN = 'r';

  private final Fd socket;
  private final InputStream in;
  private final OutputStream out;

  ClientRelay(Fd socket) {
    this.socket = socket;
    FdStreams streams = new FdStreams(socket);
    this.in = streams.input();
    this.out = streams.output();
  }

  /** Both ends. */
  record Pair(ClientRelay here, Fd there) {}

  /**
   * Makes a connected pair.
   *
   * @param folder for the name that it has for a moment
   */
  static Pair open(Path folder) throws IOException, InterruptedException {
    Path name = folder.resolve("attached");
    Files.deleteIfExists(name);
    try (Fd listening = UnixSockets.listen(name, 1)) {
      Fd there = UnixSockets.connect(name);
      return new Pair(new ClientRelay(UnixSockets.accept(listening)), there);
    } finally {
      Files.deleteIfExists(name);
    }
  }

  /** The name under which the keeper has the next one's end. */
  static String keeperName(String containerId, int number) {
    return containerId + "/attached-" + number;
  }

  /** For the next shim: what is written here comes to the client. One thread at a time. */
  OutputStream to(LogStream stream) {
    int kind = stream == LogStream.STDOUT ? STDOUT : STDERR;
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        frame(kind, bytes, offset, length);
      }
    };
  }

  private void frame(int kind, byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(FRAME_HEAD + length);
    frame.put((byte) kind).putInt(length).put(bytes, offset, length);
    out.write(frame.array());
  }

  /**
   * For the next shim: it is over.
   *
   * @param why as {@link Subscriber#ended}
   */
  void end(String why) {
    byte[] text = why.getBytes(StandardCharsets.UTF_8);
    try {
      frame(END, text, 0, text.length);
    } catch (IOException gone) {
      // The client, or the shim that it is connected to.
    }
  }

  /**
   * For the next shim: waits until the client has gone.
   *
   * @param releaseStdin run when its input has ended, and the container's is to end with it
   */
  void awaitGone(Runnable releaseStdin) throws IOException {
    for (int said = in.read(); said >= 0; said = in.read()) {
      if (said == RELEASE_STDIN) {
        releaseStdin.run();
      }
    }
  }

  /** For the shim before: the client's input has ended, and the container's is to end with it. */
  void inputEnded() throws IOException {
    out.write(RELEASE_STDIN);
  }

  /**
   * For the shim before: brings the client what comes, until it is over.
   *
   * @return as {@link Subscriber#ended}
   */
  String copy(Optional<OutputStream> stdout, Optional<OutputStream> stderr) throws IOException {
    DataInputStream frames = new DataInputStream(in);
    while (true) {
      Frame frame;
      try {
        frame = next(frames);
      } catch (EOFException | LinuxException e) {
        // Also in the middle of a frame: it may be killed at any instant.
        return "the shim was stopped or replaced; attach again";
      }
      if (frame.kind() == END) {
        return new String(frame.bytes(), StandardCharsets.UTF_8);
      }
      Optional<OutputStream> to = frame.kind() == STDOUT ? stdout : stderr;
      if (to.isPresent()) {
        to.get().write(frame.bytes());
        to.get().flush();
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Frame(int kind, byte[] bytes) {}

  private static Frame next(DataInputStream frames) throws IOException {
    int kind = frames.readUnsignedByte();
    int length = frames.readInt();
    if (length < 0 || length > LONGEST_FRAME) {
      throw new IOException("a frame of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    frames.readFully(bytes);
    return new Frame(kind, bytes);
  }

  /** Another descriptor of this end, for the keeper. */
  Fd socket() {
    return socket;
  }

  @Override
  public void close() {
    socket.close();
  }
}
