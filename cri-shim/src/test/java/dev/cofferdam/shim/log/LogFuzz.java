package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** What containers write, and what a crash left of the cursor. */
class LogFuzz {
  @Provide
  Arbitrary<byte[]> outputs() {
    return Mutations.of(
        "one\ntwo\r\n\nlast", "x".repeat(16 * 1024) + "\r\n", "y".repeat(40_000), "\r\r\n\0\n");
  }

  @Provide
  Arbitrary<byte[]> cursors() {
    ByteBuffer buffer = ByteBuffer.allocate(Cursor.BYTES);
    new Cursor(1, 2, 3, 4, 5, new Cursor.Batch(LogStream.STDERR, 9, 10)).encode(buffer);
    return Mutations.of(List.of(buffer.array().clone()));
  }

  /** All that was written is in the records, and each record is one line of the form. */
  @Fuzz
  void format_ofAnything_losesOnlyLineEnds(@ForAll("outputs") byte[] written) {
    CriFormat format = new CriFormat();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] rest = written;
    while (rest.length > 0) {
      byte[] out = new byte[rest.length + CriFormat.HEADER * (rest.length + 1) + rest.length + 64];
      format.format(rest, rest.length, true, LogStream.STDOUT, 1, out);
      records(Arrays.copyOf(out, format.produced()), format.records(), text);
      rest = Arrays.copyOfRange(rest, format.consumed(), rest.length);
    }
    assertArrayEquals(normal(written), text.toByteArray());
  }

  private static void records(byte[] out, int count, ByteArrayOutputStream into) {
    int at = 0;
    int seen = 0;
    while (at < out.length) {
      int end = at;
      while (out[end] != '\n') {
        end++;
      }
      String header = new String(out, at, CriFormat.HEADER, StandardCharsets.ISO_8859_1);
      assertEquals(" stdout ", header.substring(30, 38));
      into.write(out, at + CriFormat.HEADER, end - at - CriFormat.HEADER);
      if (header.charAt(38) == 'F') {
        into.write('\n');
      }
      at = end + 1;
      seen++;
    }
    assertEquals(count, seen);
  }

  private static byte[] normal(byte[] written) {
    String text = new String(written, StandardCharsets.ISO_8859_1);
    return text.replace("\r\n", "\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  @Fuzz
  void cursor_damaged_isNoCursor(@ForAll("cursors") byte[] bytes) {
    Cursor.decode(ByteBuffer.wrap(bytes)).ifPresent(cursor -> assertEquals(3, cursor.logInode()));
  }
}
