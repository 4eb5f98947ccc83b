package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ContainerLogsTest {
  @TempDir Path dir;
  private Keeper keeper;
  private ContainerLogs logs;
  private Path run;
  private Path log;

  ContainerLogsTest(@TempDir Path shared) throws IOException {
    run = Files.createDirectory(shared.resolve("run"));
    log = shared.resolve("0.log");
    keeper = KeeperProcess.at(shared.resolve("keeper.sock"));
    logs = ContainerLogs.start(keeper);
  }

  @BeforeEach
  void known() {
    assertTrue(keeper.names().isEmpty());
  }

  @AfterEach
  void stop() {
    logs.close();
    KeeperProcess.stopAt(run.resolveSibling("keeper.sock"));
  }

  private Stdio open() {
    return logs.open("c1", run, Optional.of(log), false, false);
  }

  /** Runs a shell as a container's process would run. */
  private static Process shell(Stdio stdio, String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
    stdio.stdin().ifPresent(p -> builder.redirectInput(p.toFile()));
    stdio.stdout().ifPresent(p -> builder.redirectOutput(p.toFile()));
    stdio.stderr().ifPresent(p -> builder.redirectError(p.toFile()));
    return builder.start();
  }

  /** A command that waits for {@link #tell}. */
  private String untilTold() {
    return "until [ -e " + dir.resolve("told") + " ]; do sleep 0.02; done";
  }

  private void tell() throws IOException {
    Files.createFile(dir.resolve("told"));
  }

  @Test
  void finish_processEnded_allOfItsOutputIsInTheLog() throws Exception {
    shell(open(), "echo one; echo two >&2; printf three").waitFor();
    logs.finish("c1");
    assertEquals(
        List.of("stderr F two", "stdout F one", "stdout P three"),
        LogLines.of(log).stream().sorted().toList());
    assertTrue(keeper.names().isEmpty());
    try (var left = Files.list(run)) {
      assertEquals(List.of(), left.toList());
    }
    logs.finish("c1");
  }

  @Test
  void open_whileRunning_linesComeAsTheyAreWritten() throws Exception {
    Process process = shell(open(), "echo one; exec sleep 60");
    try {
      Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void open_newLog_isReadableByItsGroupOnly() throws Exception {
    open();
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(log)));
    assertEquals(open(), open(), "may be repeated");
  }

  @Test
  void open_logPathIsALink_isRefusedAndNothingIsLeft() throws Exception {
    Path target = Files.createFile(run.resolveSibling("target"));
    Files.createSymbolicLink(log, target);
    assertThrows(SandboxException.class, this::open);
    assertTrue(keeper.names().isEmpty());
    try (var left = Files.list(run)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void open_noLogPath_outputIsTakenAndDropped() throws Exception {
    Stdio stdio = logs.open("c1", run, Optional.empty(), false, false);
    assertEquals(0, shell(stdio, "head -c 3000000 /dev/zero").waitFor());
    logs.finish("c1");
    assertFalse(Files.exists(log));
  }

  @Test
  void reopen_fileRenamed_restGoesToANewOne() throws Exception {
    Process process = shell(open(), "echo one; " + untilTold() + "; echo two");
    Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    Path rotated = log.resolveSibling("0.log.20261122-221436");
    Files.move(log, rotated);
    logs.reopen("c1");
    tell();
    process.waitFor();
    logs.finish("c1");
    assertEquals(List.of("stdout F one"), LogLines.of(rotated));
    assertEquals(List.of("stdout F two"), LogLines.of(log));
  }

  @Test
  void reopen_unknownContainer_isNotFound() {
    SandboxException e = assertThrows(SandboxException.class, () -> logs.reopen("c2"));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
  }

  @Test
  void adopt_writtenWhileNoShimRan_isInTheLogOnce() throws Exception {
    Process process = shell(open(), "echo one; " + untilTold() + "; echo two; printf three");
    Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    logs.close();
    tell();
    process.waitFor();
    logs = ContainerLogs.start(keeper);
    logs.adopt("c1", run, Optional.of(log), false, false);
    logs.finish("c1");
    assertEquals(List.of("stdout F one", "stdout F two", "stdout P three"), LogLines.of(log));
    assertEquals(Stdio.NONE, logs.adopt("c1", run, Optional.of(log), false, false));
    assertThrows(SandboxException.class, () -> logs.reopen("c1"), "nothing is left to adopt");
  }

  @Test
  void adopt_rotatedWhileNoShimRan_goesOnThereUntilReopened() throws Exception {
    Process process = shell(open(), "echo one; " + untilTold() + "; echo two");
    Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    logs.close();
    tell();
    Path rotated = log.resolveSibling("0.log.20261122-221436");
    Files.move(log, rotated);
    process.waitFor();
    logs = ContainerLogs.start(keeper);
    logs.adopt("c1", run, Optional.of(log), false, false);
    logs.finish("c1");
    assertEquals(List.of("stdout F one", "stdout F two"), LogLines.of(rotated));
    assertEquals(List.of(), LogLines.of(log));
  }

  @Test
  void adopt_logFolderIsAway_triedAgainUntilItIsThere() throws Exception {
    Path folder = Files.createDirectory(log.resolveSibling("pod"));
    Path inFolder = folder.resolve("0.log");
    Stdio stdio = logs.open("c1", run, Optional.of(inFolder), false, false);
    logs.close();
    Files.delete(inFolder);
    Files.delete(folder);
    logs = ContainerLogs.start(keeper);
    logs.adopt("c1", run, Optional.of(inFolder), false, false);
    shell(stdio, "echo one").waitFor();
    Files.createDirectory(folder);
    logs.finish("c1");
    assertEquals(List.of("stdout F one"), LogLines.of(inFolder));
  }

  @Test
  void adopt_damagedCursor_losesNothing() throws Exception {
    Process process = shell(open(), "echo one; " + untilTold() + "; echo two");
    Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    logs.close();
    tell();
    Files.writeString(run.resolve("log.cursor"), "nonsense");
    process.waitFor();
    logs = ContainerLogs.start(keeper);
    logs.adopt("c1", run, Optional.of(log), false, false);
    logs.finish("c1");
    assertTrue(LogLines.of(log).containsAll(List.of("stdout F one", "stdout F two")));
  }

  @Test
  void finish_tensOfMegabytes_keepsUpAndLosesNoLine() throws Exception {
    long start = System.nanoTime();
    assertEquals(0, shell(open(), "seq 1 3000000").waitFor());
    logs.finish("c1");
    double seconds = (System.nanoTime() - start) / 1e9;
    long expected = 1;
    try (var lines = Files.lines(log)) {
      for (String line : (Iterable<String>) lines::iterator) {
        if (!line.endsWith("stdout F " + expected)) {
          throw new AssertionError("line " + expected + " is: " + line);
        }
        expected++;
      }
    }
    assertEquals(3_000_001, expected);
    System.out.printf("%.1f MB/s of short lines%n", Files.size(log) / seconds / 1e6);
  }

  @Test
  void open_terminal_outputComesThroughIt() throws Exception {
    Stdio stdio = logs.open("c1", run, Optional.of(log), true, true);
    assertEquals(stdio.stdin(), stdio.stdout());
    shell(stdio, "test -t 1 && echo terminal; stty size; printf last").waitFor();
    logs.finish("c1");
    assertEquals(List.of("stdout F terminal", "stdout F 0 0", "stdout P last"), LogLines.of(log));
  }

  @Test
  void adopt_terminal_goesOnWhereItWas() throws Exception {
    Stdio stdio = logs.open("c1", run, Optional.of(log), true, true);
    Process process = shell(stdio, "echo one; " + untilTold() + "; echo two");
    Awaitility.await().until(() -> LogLines.of(log).equals(List.of("stdout F one")));
    logs.close();
    tell();
    logs = ContainerLogs.start(keeper);
    assertEquals(stdio, logs.adopt("c1", run, Optional.of(log), true, true));
    process.waitFor();
    logs.finish("c1");
    assertEquals(List.of("stdout F one", "stdout F two"), LogLines.of(log));
  }

  @Test
  void open_keeperWasKilled_newOneHoldsAllStreams() throws Exception {
    Stdio stdio = open();
    KeeperProcess.stopAt(run.resolveSibling("keeper.sock"));
    Path second = Files.createDirectory(run.resolveSibling("run2"));
    logs.open("c2", second, Optional.empty(), false, false);
    assertEquals(List.of("c1/stderr", "c1/stdout", "c2/stderr", "c2/stdout"), keeper.names());
    shell(stdio, "echo one").waitFor();
    logs.finish("c1");
    assertEquals(List.of("stdout F one"), LogLines.of(log));
  }

  @Test
  void close_afterManyContainers_leavesNoDescriptorOpen() throws Exception {
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      Path folder = Files.createDirectory(run.resolve("r" + i));
      logs.open("c" + i, folder, Optional.of(run.resolve(i + ".log")), true, i % 2 == 0);
      if (i % 3 == 0) {
        logs.finish("c" + i);
      } else if (i % 3 == 1) {
        logs.remove("c" + i);
      }
    }
    logs.close();
    // The pump's own two are gone too; what Java itself keeps open may come and go.
    assertTrue(descriptors() <= before, before + " before, now " + descriptors());
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
