package dev.cofferdam.shim.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that is attached while shims take over from one another. */
@Timeout(120)
class HandedClientsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Path run;
  private final Path log;
  private final Keeper keeper;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private ContainerLogs logs;

  HandedClientsTest(@TempDir Path dir) throws IOException {
    run = Files.createDirectory(dir.resolve("run"));
    log = dir.resolve("0.log");
    keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    logs = ContainerLogs.start(keeper);
  }

  @AfterEach
  void stop() {
    logs.close();
    KeeperProcess.stopAt(run.resolveSibling("keeper.sock"));
  }

  /** Says something over and over until {@link #go}, so that it is seen when a client is there. */
  private Process shell(String script) throws IOException {
    Stdio stdio = logs.open("c1", run, Optional.of(log), true, false);
    return new ProcessBuilder(
            "sh",
            "-c",
            "until [ -e %s ]; do echo waiting; sleep 0.01; done; ".formatted(go()) + script)
        .redirectInput(stdio.stdin().orElseThrow().toFile())
        .redirectOutput(stdio.stdout().orElseThrow().toFile())
        .redirectError(stdio.stderr().orElseThrow().toFile())
        .start();
  }

  private Path go() {
    return run.resolveSibling("go");
  }

  private Attachment attach(Optional<PipedInputStream> typed) {
    return logs.attach(
        "c1", typed.map(in -> in), Optional.of(out), Optional.of(err), typed.isPresent());
  }

  /** Another shim takes the place of the one that runs. */
  private void takeOver() {
    logs.handOver();
    logs = ContainerLogs.start(keeper);
    var _ = logs.adopt("c1", run, Optional.of(log), true, false);
  }

  private static void end(PipedOutputStream keys) throws IOException {
    keys.close();
  }

  private void awaitOutput(String text) {
    Awaitility.await().atMost(LONG).until(() -> out.toString(UTF_8).contains(text));
  }

  /** What the client got, from {@link #go} on. */
  private String said() {
    return out.toString(UTF_8).replace("waiting\n", "");
  }

  @Test
  void client_whileOneShimTakesOverFromAnother_getsEveryLineOnce() throws Exception {
    int lines = 4000;
    Process process =
        shell("i=0; while [ $i -lt %d ]; do i=$((i+1)); echo line $i; done".formatted(lines));
    try (Attachment attachment = attach(Optional.empty())) {
      awaitOutput("waiting");
      Files.createFile(go());
      awaitOutput("line");
      takeOver();
      takeOver();
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", attachment.await());
    }
    String expected =
        IntStream.rangeClosed(1, lines)
            .mapToObj(i -> "line " + i + "\n")
            .collect(Collectors.joining());
    assertEquals(expected, said());
    assertEquals(lines, LogLines.of(log).stream().filter(line -> line.contains("line")).count());
  }

  @Test
  void typing_afterATakeOver_reachesTheContainerAndSoDoesItsEnd() throws Exception {
    Process process = shell("while read a; do echo got $a; done; echo end >&2");
    try (PipedOutputStream keys = new PipedOutputStream();
        PipedInputStream typed = new PipedInputStream(keys);
        Attachment attachment = attach(Optional.of(typed))) {
      awaitOutput("waiting");
      Files.createFile(go());
      keys.write("one\n".getBytes(UTF_8));
      keys.flush();
      awaitOutput("got one");
      takeOver();
      keys.write("two\n".getBytes(UTF_8));
      end(keys);
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", attachment.await());
    }
    assertEquals("got one\ngot two\n", said());
    assertEquals("end\n", err.toString(UTF_8));
  }

  @Test
  void client_thatLeavesAfterATakeOver_leavesNothingBehind() throws Exception {
    Process process = shell("read a; echo $a");
    try (PipedOutputStream keys = new PipedOutputStream();
        PipedInputStream typed = new PipedInputStream(keys)) {
      Attachment attachment = attach(Optional.of(typed));
      awaitOutput("waiting");
      takeOver();
      attachment.close();
      assertEquals("", attachment.await());
      Files.createFile(go());
      Attachment other =
          logs.attach(
              "c1",
              Optional.of(new java.io.ByteArrayInputStream("x\n".getBytes(UTF_8))),
              Optional.empty(),
              Optional.empty(),
              true);
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", other.await());
    }
    assertTrue(LogLines.of(log).contains("stdout F x"), LogLines.of(log).toString());
    assertTrue(keeper.names().stream().noneMatch(name -> name.startsWith("c1/")));
  }

  @Test
  void nextShim_thatEnds_isToldToTheClient() throws Exception {
    Process process = shell("read a");
    try (Attachment attachment = attach(Optional.empty())) {
      awaitOutput("waiting");
      takeOver();
      logs.close();
      assertEquals("the shim was stopped or replaced; attach again", attachment.await());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void nextShim_thatKnowsNothingOfClients_getsNoneAndTheyAreTold() throws Exception {
    Process process = shell("read a");
    try (Attachment attachment = attach(Optional.empty())) {
      awaitOutput("waiting");
      logs.close();
      assertTrue(attachment.await().contains("attach again"));
      assertTrue(keeper.names().stream().noneMatch(name -> name.contains("attached")));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
