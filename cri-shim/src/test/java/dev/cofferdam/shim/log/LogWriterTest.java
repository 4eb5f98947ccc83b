package dev.cofferdam.shim.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Fifo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogWriterTest {
  private final Path dir;
  private final Path log;
  private final Fd pipe;
  private final Scratch scratch = new Scratch();
  private Spool spool;
  private LogWriter writer;

  LogWriterTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    log = dir.resolve("0.log");
    Fifo.create(dir.resolve("pipe"), 0600);
    pipe = Fd.open(dir.resolve("pipe"), Fd.O_RDWR | Fd.O_NONBLOCK, 0);
    spool = Spool.open(dir.resolve("spool"));
    writer = writer();
  }

  private LogWriter writer() throws IOException {
    CursorFile cursor = CursorFile.open(dir.resolve("cursor"));
    return LogWriter.open(log, Map.of(LogStream.STDOUT, spool), cursor, scratch);
  }

  @AfterEach
  void close() {
    writer.close();
    pipe.close();
  }

  private void comes(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      pipe.write(bytes);
      spool.fill(pipe, Scratch.FILL_BYTES);
      writer.write(LogStream.STDOUT, false);
    }
  }

  /** As after a kill and a new start. */
  private void restart() throws IOException {
    writer.close();
    spool = Spool.open(dir.resolve("spool"));
    writer = writer();
    writer.settle();
  }

  @Test
  void settle_killedAfterAnyByteOfABatch_logIsTheSame() throws IOException {
    comes("before\n");
    comes("one\ntwo\nrest");
    byte[] whole = Files.readAllBytes(log);
    int sure = new String(whole, UTF_8).indexOf('\n') + 1;
    for (int length = sure; length <= whole.length; length++) {
      Files.write(log, Arrays.copyOf(whole, length));
      restart();
      assertEquals(new String(whole, UTF_8), Files.readString(log), "cut at " + length);
    }
    comes(" of it\n");
    restart();
    assertEquals(
        List.of("stdout F before", "stdout F one", "stdout F two", "stdout F rest of it"),
        LogLines.of(log));
  }

  @Test
  void settle_killedWhereTheSpoolGivesSpaceBack_logIsTheSame() throws IOException {
    for (int i = 0; i < 40; i++) {
      comes(("x".repeat(99) + "\n").repeat(640));
      byte[] whole = Files.readAllBytes(log);
      restart();
      assertArrayEquals(whole, Files.readAllBytes(log), "after batch " + i);
    }
  }

  @Test
  void settle_killedBetweenRenameAndReopen_batchIsFinishedInTheRenamedFile() throws IOException {
    comes("one\ntwo\n");
    String whole = Files.readString(log);
    Path rotated = dir.resolve("0.log.20261122-221436");
    Files.move(log, rotated);
    try (Fd file = Fd.open(rotated, Fd.O_WRONLY, 0)) {
      file.truncate(50);
    }
    restart();
    assertEquals(whole, Files.readString(rotated));
  }

  /** kubelet renames back when its call fails: what lay in its way would be gone. */
  @Test
  void write_killedBetweenRenameAndReopen_losesNothingToKubeletsRenamingBack() throws IOException {
    comes("one\n");
    Path rotated = dir.resolve("0.log.20261122-221436");
    Files.move(log, rotated);
    restart();
    comes("two\n");
    assertFalse(Files.exists(log));

    Files.move(rotated, log, StandardCopyOption.REPLACE_EXISTING);
    comes("three\n");

    assertEquals(List.of("stdout F one", "stdout F two", "stdout F three"), LogLines.of(log));
  }

  @Test
  void write_inPiecesOfAnySize_sameRecordsAsAtOnce() throws IOException {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      int length =
          random.nextInt(3) == 0 ? CriFormat.MAX_LINE - 2 + random.nextInt(5) : random.nextInt(40);
      text.append("x".repeat(length)).append(random.nextInt(3) == 0 ? "\r\n" : "\n");
    }
    byte[] in = text.toString().getBytes(UTF_8);
    for (int at = 0; at < in.length; ) {
      int end = Math.min(in.length, at + 1 + random.nextInt(random.nextBoolean() ? 5 : 40_000));
      comes(new String(in, at, end - at, UTF_8));
      at = end;
    }
    CriFormat format = new CriFormat();
    byte[] out = new byte[4 << 20];
    format.format(in, in.length, true, LogStream.STDOUT, 0, out);
    List<String> expected =
        new String(out, 0, format.produced(), UTF_8).lines().map(l -> l.substring(31)).toList();
    assertEquals(expected, LogLines.of(log));
  }

  @Test
  void write_logEmptiedInPlace_goesOnWithoutAHole() throws IOException {
    comes("one\n");
    Files.write(log, new byte[0]);
    comes("two\n");
    assertEquals(List.of("stdout F two"), LogLines.of(log));
  }

  @Test
  void write_manyMegabytes_spoolGivesItsSpaceBack() throws IOException {
    for (int i = 0; i < 64; i++) {
      comes(("x".repeat(99) + "\n").repeat(640));
    }
    long blocks = Long.parseLong(stat());
    assertTrue(spool.size() > 4_000_000 && blocks * 512 < 2_000_000, blocks + " blocks");
  }

  private String stat() throws IOException {
    Process stat = new ProcessBuilder("stat", "-c", "%b", dir.resolve("spool").toString()).start();
    return new String(stat.getInputStream().readAllBytes(), UTF_8).strip();
  }

  @Test
  void write_severalBatches_timesRise() throws IOException {
    comes("one\ntwo\n");
    comes("three\n");
    List<String> times = Files.readAllLines(log).stream().map(l -> l.substring(0, 30)).toList();
    assertEquals(times.stream().sorted().distinct().toList(), times);
  }
}
