package dev.cofferdam.shim.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Buffers that all containers share, as only the pump's thread works on them. */
final class Scratch {
  /** The most that is taken from one pipe before the next has its turn. */
  static final int FILL_BYTES = 128 * 1024;

  private static final int IN_BYTES = FILL_BYTES + 2 * CriFormat.MAX_LINE;
  private static final int OUT_BYTES = 256 * 1024;

  private final ByteBuffer inDirect = ByteBuffer.allocateDirect(IN_BYTES);
  private final ByteBuffer outDirect = ByteBuffer.allocateDirect(OUT_BYTES);
  private final byte[] in = new byte[IN_BYTES];
  private final byte[] out = new byte[OUT_BYTES];
  private final CriFormat format = new CriFormat();

  CriFormat format() {
    return format;
  }

  /** Formats what stands in a spool; the result is in {@link #format} and {@link #output}. */
  void format(Spool spool, long from, long to, boolean last, LogStream stream, long epochNanos)
      throws IOException {
    inDirect.clear();
    spool.read(from, to, inDirect);
    int length = inDirect.flip().remaining();
    inDirect.get(in, 0, length);
    format.format(in, length, last && from + length == to, stream, epochNanos, out);
  }

  /** The records that {@link #format} made, ready to be written. */
  ByteBuffer output() {
    outDirect.clear();
    return outDirect.put(out, 0, format.produced()).flip();
  }
}
