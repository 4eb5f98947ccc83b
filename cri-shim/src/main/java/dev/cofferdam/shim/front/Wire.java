package dev.cofferdam.shim.front;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * As much of protobuf's wire format as routing needs: one string out of a message that may not be
 * ours to parse. What is malformed has no fields; containerd will say what is wrong with it.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Encoding</a>
 */
final class Wire {
  private static final long NO_VARINT = Long.MIN_VALUE;
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final byte[] message;
  private int position;

  private Wire(byte[] message) {
    this.message = message;
  }

  /** The string in a field; the last one where it stands twice, as every parser has it. */
  static Optional<String> string(byte[] message, int field) {
    return bytes(message, field).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** The same of a field of bytes, or of a message. */
  static Optional<byte[]> bytes(byte[] message, int field) {
    Wire wire = new Wire(message);
    byte[] found = null;
    while (wire.position < message.length) {
      long tag = wire.varint();
      int start = wire.position;
      if (tag < 0 || !wire.skip((int) (tag & 7))) {
        return Optional.empty();
      }
      if (tag >>> 3 == field && (tag & 7) == LENGTH_DELIMITED) {
        wire.position = start;
        int length = (int) wire.varint();
        found = Arrays.copyOfRange(message, wire.position, wire.position + length);
        wire.position += length;
      }
    }
    return Optional.ofNullable(found);
  }

  /**
   * Cuts a message of repeated fields into messages of at most {@code maxBytes} each, where its
   * single fields allow that.
   */
  static List<byte[]> split(byte[] message, int maxBytes) {
    Wire wire = new Wire(message);
    List<byte[]> parts = new ArrayList<>();
    int partStart = 0;
    while (wire.position < message.length) {
      int fieldStart = wire.position;
      long tag = wire.varint();
      if (tag < 0 || !wire.skip((int) (tag & 7))) {
        throw new IllegalArgumentException("a message of our own is malformed");
      }
      if (wire.position - partStart > maxBytes && fieldStart > partStart) {
        parts.add(Arrays.copyOfRange(message, partStart, fieldStart));
        partStart = fieldStart;
      }
    }
    if (message.length > partStart) {
      parts.add(Arrays.copyOfRange(message, partStart, message.length));
    }
    return parts;
  }

  /** The number at the position, or {@link #NO_VARINT} where there is none. */
  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64 && position < message.length; shift += 7) {
      byte b = message[position++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        // A negative int64 is a number of ten bytes; for lengths and tags it means nothing.
        return value == NO_VARINT ? NO_VARINT + 1 : value;
      }
    }
    return NO_VARINT;
  }

  private boolean skip(int wireType) {
    return switch (wireType) {
      case VARINT -> varint() != NO_VARINT;
      case FIXED64 -> advance(8);
      case LENGTH_DELIMITED -> advance(varint());
      case FIXED32 -> advance(4);
      // Groups: nobody has sent one in CRI, and proto3 has none.
      default -> false;
    };
  }

  private boolean advance(long bytes) {
    if (bytes < 0 || bytes > message.length - position) {
      return false;
    }
    position += (int) bytes;
    return true;
  }
}
