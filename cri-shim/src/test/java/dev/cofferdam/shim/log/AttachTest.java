package dev.cofferdam.shim.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AttachTest {
  private final Path run;
  private final Path log;
  private final ContainerLogs logs;

  AttachTest(@TempDir Path dir) throws IOException {
    run = Files.createDirectory(dir.resolve("run"));
    log = dir.resolve("0.log");
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    logs = ContainerLogs.start(keeper, Duration.ofSeconds(2));
  }

  @AfterEach
  void stop() {
    logs.close();
    KeeperProcess.stopAt(run.resolveSibling("keeper.sock"));
  }

  private Stdio open(boolean terminal) {
    return logs.open("c1", run, Optional.of(log), true, terminal);
  }

  private static Process shell(Stdio stdio, String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script)
        .redirectInput(stdio.stdin().orElseThrow().toFile())
        .redirectOutput(stdio.stdout().orElseThrow().toFile())
        .redirectError(stdio.stderr().orElseThrow().toFile())
        .start();
  }

  private static Optional<InputStream> input(String text) {
    return Optional.of(new ByteArrayInputStream(text.getBytes(UTF_8)));
  }

  @RepeatedTest(20) // what the container says at once must not come before its client
  void attach_stdinOnce_endOfInputReachesTheContainer() throws Exception {
    Process process = shell(open(false), "cat; echo done >&2");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (Attachment attachment =
        logs.attach("c1", input("hello\n"), Optional.of(out), Optional.of(err), true)) {
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", attachment.await());
    }
    assertEquals("hello\n", out.toString(UTF_8));
    assertEquals("done\n", err.toString(UTF_8));
    assertTrue(LogLines.of(log).contains("stdout F hello"));
  }

  @Test
  void attach_withoutStdinOnce_containerGoesOnReading() throws Exception {
    Process process = shell(open(false), "read a; read b; echo $a $b");
    for (String text : new String[] {"one\n", "two\n"}) {
      try (Attachment attachment =
          logs.attach("c1", input(text), Optional.empty(), Optional.empty(), false)) {
        attachment.await();
      }
    }
    assertEquals(0, process.waitFor());
    logs.finish("c1");
    assertEquals("stdout F one two", LogLines.of(log).getFirst());
  }

  @Test
  void attach_terminal_typesAndSeesAndResizes() throws Exception {
    Stdio stdio = open(true);
    logs.resize("c1", 100, 40);
    Process process = shell(stdio, "stty size; read a; echo got $a");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PipedOutputStream keys = new PipedOutputStream();
        PipedInputStream typed = new PipedInputStream(keys);
        Attachment attachment =
            logs.attach("c1", Optional.of(typed), Optional.of(out), Optional.empty(), true)) {
      keys.write("hello\n".getBytes(UTF_8));
      keys.flush();
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", attachment.await());
    }
    assertTrue(out.toString(UTF_8).endsWith("got hello\r\n"), out.toString(UTF_8));
    assertTrue(LogLines.of(log).contains("stdout F 40 100"), LogLines.of(log).toString());
  }

  /** A client that takes nothing until it is told to. */
  private static final class Slow extends OutputStream {
    final CountDownLatch go = new CountDownLatch(1);
    final AtomicLong bytes = new AtomicLong();

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int offset, int length) throws IOException {
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      bytes.addAndGet(length);
    }
  }

  @Test
  void attach_clientTakesNothing_isCutOffAndTheContainerGoesOn() throws Exception {
    Slow slow = new Slow();
    Process process = shell(open(false), "head -c 8000000 /dev/zero | tr '\\0' 'x'");
    try (Attachment attachment =
        logs.attach("c1", Optional.empty(), Optional.of(slow), Optional.empty(), false)) {
      assertTrue(attachment.await().contains("did not take the output"));
    }
    assertEquals(0, process.waitFor());
    logs.finish("c1");
    assertTrue(Files.size(log) > 8_000_000);
  }

  @Test
  void attach_clientIsSlowForAMoment_getsEveryByte() throws Exception {
    Slow slow = new Slow();
    Stdio stdio = open(false);
    try (Attachment attachment =
        logs.attach("c1", Optional.empty(), Optional.of(slow), Optional.empty(), false)) {
      Process process = shell(stdio, "head -c 8000000 /dev/zero | tr '\\0' 'x'");
      Awaitility.await().until(() -> Files.size(log) > Subscriber.MOST_BYTES);
      slow.go.countDown();
      assertEquals(0, process.waitFor());
      logs.finish("c1");
      assertEquals("", attachment.await());
    }
    assertEquals(8_000_000, slow.bytes.get());
  }

  @Test
  void attach_unknownContainer_isRefused() {
    assertThrows(
        SandboxException.class,
        () -> logs.attach("c2", Optional.empty(), Optional.empty(), Optional.empty(), false));
  }
}
