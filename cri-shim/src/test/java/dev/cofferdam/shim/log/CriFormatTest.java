package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CriFormatTest {
  private static final int MAX = CriFormat.MAX_LINE;
  private static final String TIME = "2026-11-22T22:14:36.";
  private static final long NANOS = 1_795_385_676_000_000_007L;

  private final CriFormat format = new CriFormat();
  private final byte[] out = new byte[1 << 20];

  private String format(String text, boolean last) {
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    format.format(in, in.length, last, LogStream.STDOUT, NANOS, out);
    return new String(out, 0, format.produced(), StandardCharsets.UTF_8);
  }

  private String record(int number, char tag, String text) {
    return TIME + String.format("%09d", number + 7) + "Z stdout " + tag + " " + text + "\n";
  }

  @Test
  void format_wholeLines_areFullRecordsOneNanosecondApart() {
    assertEquals(
        record(0, 'F', "one") + record(1, 'F', "") + record(2, 'F', "two"),
        format("one\n\ntwo\nthr", false));
    assertEquals(9, format.consumed());
    assertEquals(3, format.records());
  }

  @Test
  void format_carriageReturnBeforeTheEnd_isDropped() {
    assertEquals(
        record(0, 'F', "one") + record(1, 'F', "") + record(2, 'F', "a\rb"),
        format("one\r\n\r\na\rb\n", false));
  }

  @Test
  void format_lastLineWithoutEnd_isPartialAsInContainerd() {
    assertEquals(record(0, 'F', "one") + record(1, 'P', "two"), format("one\ntwo", true));
    assertEquals("", format("", true));
  }

  @Test
  void format_lineOfExactlyTheLimit_isOneRecord() {
    String line = "x".repeat(MAX);
    assertEquals(record(0, 'F', line), format(line + "\n", false));
    assertEquals(record(0, 'F', line), format(line + "\r\n", false));
    assertEquals("", format(line, false), "the end may still come");
    assertEquals("", format(line + "\r", false), "the end may still come");
  }

  @Test
  void format_longerLine_isCutIntoPartialRecordsAndAFullOne() {
    String line = "x".repeat(MAX);
    assertEquals(
        record(0, 'P', line) + record(1, 'P', line) + record(2, 'F', "yz"),
        format(line + line + "yz\n", false));
    assertEquals(record(0, 'P', line), format(line + "y", false));
    assertEquals(MAX, format.consumed());
    assertEquals(record(0, 'P', line), format(line + "\ry", false));
  }

  @Test
  void format_consumedPartAgainAsLast_isTheSame() {
    String line = "x".repeat(MAX);
    for (String text :
        new String[] {"a\nb\nc", line + "y", line + line + "\r\nz", "a\n" + line + "\ry"}) {
      String first = format(text, false);
      String again = format(text.substring(0, format.consumed()), true);
      assertEquals(first, again);
    }
  }

  @Test
  void format_outputFull_leavesTheRest() {
    byte[] in = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);
    byte[] small = new byte[CriFormat.HEADER + 10];
    format.format(in, in.length, true, LogStream.STDERR, NANOS, small);
    assertEquals(4, format.consumed());
    assertEquals(
        TIME + "000000007Z stderr F one\n",
        new String(small, 0, format.produced(), StandardCharsets.UTF_8));
  }
}
