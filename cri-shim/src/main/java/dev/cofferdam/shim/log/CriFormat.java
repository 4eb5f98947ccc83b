package dev.cofferdam.shim.log;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * CRI's log format: {@code <RFC 3339 time> <stdout|stderr> <P|F> <text>}. A pure function of its
 * input, so that a batch that is written again after a crash is the same, byte by byte. Lines are
 * cut where containerd cuts them (its {@code internal/cri/io/logger.go}): longer ones than {@link
 * #MAX_LINE} become records tagged P, and so does a last line without its end.
 *
 * <p>Not thread-safe: the result stands in the object.
 */
final class CriFormat {
  /** The most bytes of text in one record. */
  static final int MAX_LINE = 16 * 1024;

  private static final int TIME = 30;
  private static final int STREAM_AT = TIME + 1;
  private static final int TAG_AT = STREAM_AT + 7;

  /** Bytes before the text: time, stream, tag, and a blank after each. */
  static final int HEADER = TAG_AT + 2;

  private final byte[] header = new byte[HEADER];
  private long headerSecond = Long.MIN_VALUE;
  private int consumed;
  private int produced;
  private int records;

  CriFormat() {
    header[TIME] = ' ';
    header[TAG_AT - 1] = ' ';
    header[TAG_AT + 1] = ' ';
  }

  /** Bytes of input that the last call has turned into records. */
  int consumed() {
    return consumed;
  }

  /** Bytes of output that the last call has made. */
  int produced() {
    return produced;
  }

  /** Records that the last call has made, each one nanosecond later than the one before. */
  int records() {
    return records;
  }

  /**
   * Turns as much as possible of the input into records.
   *
   * @param last whether nothing can follow, so that a line without its end is a record too
   * @param epochNanos time of the first record
   */
  void format(byte[] in, int length, boolean last, LogStream stream, long epochNanos, byte[] out) {
    byte[] label = stream.label().getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(label, 0, header, STREAM_AT, label.length);
    consumed = 0;
    produced = 0;
    records = 0;
    while (consumed < length) {
      int left = length - consumed;
      int end = lineEnd(in, consumed, Math.min(left, MAX_LINE + 2));
      boolean full = end >= 0;
      int text;
      int next;
      if (full) {
        text = end - consumed;
        next = end + 1;
        if (text > 0 && in[end - 1] == '\r') {
          text--;
        }
        if (text > MAX_LINE) {
          full = false;
          text = MAX_LINE;
          next = consumed + MAX_LINE;
        }
      } else if (left > MAX_LINE + 1
          || (left == MAX_LINE + 1 && (last || in[consumed + MAX_LINE] != '\r'))) {
        // One byte more than fits is no proof while it may be the CR before the line's end.
        text = MAX_LINE;
        next = consumed + MAX_LINE;
      } else if (last) {
        text = left;
        next = length;
      } else {
        return;
      }
      if (produced + HEADER + text + 1 > out.length) {
        return;
      }
      writeTime(epochNanos + records);
      header[TAG_AT] = (byte) (full ? 'F' : 'P');
      System.arraycopy(header, 0, out, produced, HEADER);
      System.arraycopy(in, consumed, out, produced + HEADER, text);
      produced += HEADER + text;
      out[produced++] = '\n';
      consumed = next;
      records++;
    }
  }

  private static int lineEnd(byte[] in, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (in[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Nine digits always, where Go would drop zeros at the end: any RFC 3339 reader takes both. */
  private void writeTime(long epochNanos) {
    long second = Math.floorDiv(epochNanos, 1_000_000_000L);
    if (second != headerSecond) {
      headerSecond = second;
      // Always of the form 2026-11-22T22:14:36, since seconds are never left out of toString here.
      LocalDateTime time = LocalDateTime.ofEpochSecond(second, 1, ZoneOffset.UTC);
      byte[] text = time.toString().getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(text, 0, header, 0, 20);
      header[TIME - 1] = 'Z';
    }
    int nanos = (int) Math.floorMod(epochNanos, 1_000_000_000L);
    for (int i = TIME - 2; i >= 20; i--) {
      header[i] = (byte) ('0' + nanos % 10);
      nanos /= 10;
    }
  }
}
