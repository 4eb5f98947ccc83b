package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up under a log, and under the spools. */
@Timeout(60)
class DiskFullTest {
  private static final int LINES = 400_000;
  @TempDir Path dir;
  private Path disk = Path.of("");

  @BeforeEach
  void mount() throws IOException {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    assumeTrue(root, "mounting a small disk needs root");
    disk = Files.createDirectory(dir.resolve("disk"));
    Mounts.mount("tmpfs", disk, "tmpfs", 0, "size=2m");
  }

  @AfterEach
  void unmount() throws IOException {
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
    Mounts.unmount(disk, true);
  }

  private static Process writer(Stdio stdio) throws IOException {
    return new ProcessBuilder("seq", "1", Integer.toString(LINES))
        .redirectOutput(stdio.stdout().orElseThrow().toFile())
        .start();
  }

  private void enlarge() throws IOException {
    Mounts.mount("tmpfs", disk, "tmpfs", Mounts.MS_REMOUNT, "size=200m");
  }

  private static void assertWhole(Path log) {
    List<String> expected = IntStream.rangeClosed(1, LINES).mapToObj(i -> "stdout F " + i).toList();
    assertEquals(expected, LogLines.of(log));
  }

  @Test
  void write_logDiskFull_writerWaitsOthersGoOnAndNothingIsLost() throws Exception {
    Path run = Files.createDirectory(dir.resolve("run"));
    Path otherRun = Files.createDirectory(dir.resolve("other"));
    Path log = disk.resolve("0.log");
    Path otherLog = dir.resolve("1.log");
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    try (ContainerLogs logs = ContainerLogs.start(keeper)) {
      Process writer = writer(logs.open("c1", run, Optional.of(log), false, false));
      Awaitility.await().until(() -> Files.getFileStore(disk).getUsableSpace() == 0);
      Process other = writer(logs.open("c2", otherRun, Optional.of(otherLog), false, false));
      assertEquals(0, other.waitFor());
      logs.finish("c2");
      assertWhole(otherLog);
      assertTrue(writer.isAlive(), "2.5 MB of lines do not fit in pipe and spool");
      enlarge();
      assertEquals(0, writer.waitFor());
      logs.finish("c1");
    }
    assertWhole(log);
  }

  @Test
  void finish_logDiskFull_isCompletedByTheNextShim() throws Exception {
    Path run = Files.createDirectory(dir.resolve("run"));
    Path log = disk.resolve("0.log");
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    Process writer;
    try (ContainerLogs logs = ContainerLogs.start(keeper)) {
      writer = writer(logs.open("c1", run, Optional.of(log), false, false));
      Awaitility.await().until(() -> Files.getFileStore(disk).getUsableSpace() == 0);
    }
    enlarge();
    try (ContainerLogs logs = ContainerLogs.start(keeper)) {
      var _ = logs.adopt("c1", run, Optional.of(log), false, false);
      assertEquals(0, writer.waitFor());
      logs.finish("c1");
    }
    assertWhole(log);
  }

  @Test
  void write_runtimeDirFull_writerWaitsAndNothingIsLost() throws Exception {
    Path run = Files.createDirectory(disk.resolve("run"));
    Path log = dir.resolve("0.log");
    Path filler = disk.resolve("filler");
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    try (ContainerLogs logs = ContainerLogs.start(keeper)) {
      Stdio stdio = logs.open("c1", run, Optional.of(log), false, false);
      Files.write(filler, new byte[(int) Files.getFileStore(disk).getUsableSpace()]);
      Process writer = writer(stdio);
      Awaitility.await().during(Duration.ofMillis(300)).until(writer::isAlive);
      Files.delete(filler);
      assertEquals(0, writer.waitFor());
      logs.finish("c1");
    }
    assertWhole(log);
  }
}
