package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One pump, many containers, and all that they write. */
@Timeout(180)
class LogLoadTest {
  private static final int MEBIBYTE = 1 << 20;

  private final Path dir;
  private final Keeper keeper;
  private final ContainerLogs logs;

  LogLoadTest(@TempDir Path shared) throws IOException {
    dir = shared;
    keeper = KeeperProcess.at(shared.resolve("keeper.sock"));
    logs = ContainerLogs.start(keeper);
  }

  @AfterEach
  void stop() {
    logs.close();
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
  }

  private Path log(String id) {
    return dir.resolve(id + ".log");
  }

  private Stdio open(String id) throws IOException {
    Path run = Files.createDirectories(dir.resolve("run-" + id));
    return logs.open(id, run, Optional.of(log(id)), false, false);
  }

  private static Thread writing(Stdio stdio, int lines) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try (OutputStream pipe = Files.newOutputStream(stdio.stdout().orElseThrow())) {
                for (int i = 0; i < lines; i++) {
                  pipe.write((i + "\n").getBytes(StandardCharsets.UTF_8));
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private static List<String> numbered(int lines) {
    return IntStream.range(0, lines).mapToObj(i -> "stdout F " + i).toList();
  }

  @Test
  void pump_threeHundredContainers_eachLineOfEachIsThereOnce() throws Exception {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      writers.add(writing(open("c" + i), 200));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    for (int i = 0; i < 300; i++) {
      logs.finish("c" + i);
      assertEquals(numbered(200), LogLines.of(log("c" + i)));
    }
  }

  @Test
  void pump_lineOfAMebibyte_isCutIntoRecordsAndWhole() throws Exception {
    Stdio stdio = open("c1");
    String line = "x".repeat(MEBIBYTE);
    try (OutputStream pipe = Files.newOutputStream(stdio.stdout().orElseThrow())) {
      pipe.write((line + "\n" + line).getBytes(StandardCharsets.UTF_8));
    }
    logs.finish("c1");

    List<String> records = LogLines.of(log("c1"));
    assertEquals(2 * MEBIBYTE / (16 * 1024), records.size());
    String tag = "stdout P ";
    assertEquals(
        line + line,
        String.join("", records.stream().map(each -> each.substring(tag.length())).toList()));
  }

  @Test
  void reopen_twoHundredTimesUnderAWriter_noLineIsLostOrTwice() throws Exception {
    Thread writer = writing(open("c1"), 20_000);
    List<Path> rotated = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rotated.add(Files.move(log("c1"), dir.resolve("c1.log." + i)));
      logs.reopen("c1");
    }
    writer.join();
    logs.finish("c1");
    rotated.add(log("c1"));

    List<String> all = new ArrayList<>();
    rotated.forEach(file -> all.addAll(LogLines.of(file)));
    assertEquals(numbered(20_000), all);
  }
}
