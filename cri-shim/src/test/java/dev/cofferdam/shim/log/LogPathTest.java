package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Fifo;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.host.LogPath;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs whose place somebody else can write to: a pod that mounts the node's log folder. */
@Timeout(300)
class LogPathTest {
  private final Path dir;
  private final Path outside;
  private final Path pod;
  private final Keeper keeper;
  private final ContainerLogs logs;

  LogPathTest(@TempDir Path shared) throws IOException {
    dir = shared;
    outside = Files.createDirectory(shared.resolve("outside"));
    pod = Files.createDirectory(shared.resolve("pod"));
    keeper = KeeperProcess.at(shared.resolve("keeper.sock"));
    logs = ContainerLogs.start(keeper);
  }

  @AfterEach
  void stop() {
    logs.close();
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private Stdio open(String id, Path log) throws IOException {
    Path run = Files.createDirectories(dir.resolve("run-" + id));
    return logs.open(id, run, Optional.of(log), false, false);
  }

  private static void write(Stdio stdio, String text) throws IOException {
    try (OutputStream pipe = Files.newOutputStream(stdio.stdout().orElseThrow())) {
      pipe.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void assertRefusedAndNothingOutside(Path log) throws IOException {
    SandboxException refused = assertThrows(SandboxException.class, () -> open("c1", log));
    assertEquals(ErrorCode.WRONG_STATE, refused.code());
    assertTrue(keeper.names().isEmpty());
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void open_aFolderBelowTheLogDirectoryIsALink_isRefused() throws Exception {
    Files.createSymbolicLink(pod.resolve("main"), outside);

    assertRefusedAndNothingOutside(LogPath.marked(pod.toString(), "main/0.log"));
  }

  @Test
  void open_theLogIsALink_isRefused() throws Exception {
    Files.createSymbolicLink(pod.resolve("0.log"), outside.resolve("target"));

    assertRefusedAndNothingOutside(LogPath.marked(pod.toString(), "0.log"));
  }

  @Test
  void open_theLogIsAPipe_isRefusedAtOnceAndOthersGoOn() throws Exception {
    Fifo.create(pod.resolve("0.log"), 0600);

    assertRefusedAndNothingOutside(LogPath.marked(pod.toString(), "0.log"));
    Path other = pod.resolve("1.log");
    write(open("c2", other), "hello\n");
    await().until(() -> LogLines.of(other).equals(List.of("stdout F hello")));
  }

  @Test
  void open_theLogDirectoryItselfIsALink_isFollowed() throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("link"), pod);
    write(open("c1", LogPath.marked(link.toString(), "0.log")), "hello\n");

    await().until(() -> LogLines.of(pod.resolve("0.log")).equals(List.of("stdout F hello")));
  }

  @Test
  void reopen_aFolderWasReplacedByALink_failsAndTheOldLogGoesOn() throws Exception {
    Path folder = Files.createDirectory(pod.resolve("main"));
    Stdio stdio = open("c1", LogPath.marked(pod.toString(), "main/0.log"));
    write(stdio, "one\n");
    await().until(() -> LogLines.of(folder.resolve("0.log")).size() == 1);
    Path moved = Files.move(folder, pod.resolve("moved"));
    Files.createSymbolicLink(folder, outside);

    SandboxException refused = assertThrows(SandboxException.class, () -> logs.reopen("c1"));
    assertEquals(ErrorCode.WRONG_STATE, refused.code());
    write(stdio, "two\n");
    await().until(() -> LogLines.of(moved.resolve("0.log")).size() == 2);
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void reopen_theFolderIsGone_failsAndWorksOnceItIsBack() throws Exception {
    Path folder = Files.createDirectory(pod.resolve("main"));
    Path log = folder.resolve("0.log");
    Stdio stdio = open("c1", LogPath.marked(pod.toString(), "main/0.log"));
    Files.delete(log);
    Files.delete(folder);

    SandboxException refused = assertThrows(SandboxException.class, () -> logs.reopen("c1"));
    assertEquals(ErrorCode.WRONG_STATE, refused.code());
    Files.createDirectory(folder);
    logs.reopen("c1");
    write(stdio, "back\n");
    await().until(() -> LogLines.of(log).equals(List.of("stdout F back")));
  }

  @Test
  void marked_pathsWithAndWithoutMark_areReadAsTheyWereMeant() {
    LogPath marked = LogPath.of(LogPath.marked("/var/log/pods/p", "main/0.log"));
    assertEquals(new LogPath(Path.of("/var/log/pods/p"), Path.of("main/0.log")), marked);

    // As a shim before this one wrote it.
    LogPath old = LogPath.of(Path.of("/var/log/pods/p/main/0.log"));
    assertEquals(new LogPath(Path.of("/var/log/pods/p/main"), Path.of("0.log")), old);
  }
}
