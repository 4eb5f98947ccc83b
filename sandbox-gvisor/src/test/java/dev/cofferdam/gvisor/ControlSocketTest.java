package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sentry that answers what no sentry should: it is one exploit away from the workload. */
@Timeout(60)
class ControlSocketTest {
  @TempDir Path folder;
  private Path path = Path.of("/nowhere");
  private ServerSocketChannel server = closed();

  private static ServerSocketChannel closed() {
    try {
      return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void listen() throws IOException {
    path = folder.resolve("s");
    server.bind(UnixDomainSocketAddress.of(path));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Answers one call and closes the connection, or leaves it open. */
  private void answering(String text, int times, boolean close) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (SocketChannel client = server.accept()) {
                client.read(ByteBuffer.allocate(4096));
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                for (int i = 0; i < times; i++) {
                  ByteBuffer buffer = ByteBuffer.wrap(bytes);
                  while (buffer.hasRemaining()) {
                    client.write(buffer);
                  }
                }
                while (!close && client.read(ByteBuffer.allocate(1)) >= 0) {
                  // until the caller has had enough
                }
              } catch (IOException e) {
                // The caller has had enough.
              }
            });
  }

  private Sentry sentry() {
    return new Sentry(new ControlSocket(path));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static void assertSays(SandboxException e, ErrorCode code, String text) {
    assertEquals(code, e.code(), e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).contains(text), e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).length() < 3000, e::getMessage);
  }

  private SandboxException askFails() {
    return assertThrows(SandboxException.class, () -> sentry().processes("c", soon()));
  }

  private static ProcessSpec process() {
    return new ProcessSpec(
        List.of("true"), List.of(), "/", ProcessSpec.User.ROOT, Set.of(), Set.of(), true, false);
  }

  private SandboxException executeFails() throws IOException {
    try (Fd stream = Fd.open(Path.of("/dev/null"), Fd.O_RDWR, 0);
        ControlConnection connection = sentry().connect()) {
      List<Fd> streams = List.of(stream, stream, stream);
      return assertThrows(
          SandboxException.class,
          () -> sentry().execute(connection, "c", process(), streams, soon()));
    }
  }

  /** Answers one call after the other on one connection, then closes it. */
  private void answeringInTurn(String... answers) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (SocketChannel client = server.accept()) {
                for (String answer : answers) {
                  client.read(ByteBuffer.allocate(4096));
                  client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                }
              } catch (IOException e) {
                // The caller has had enough.
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "\0\0\0\0", "}{", "<html>", "[1, 2", "{\"success\": tru"})
  void call_garbage_isAnErrorThatSaysSo(String garbage) {
    answering(garbage + " ", 1, true);
    SandboxException e = askFails();
    assertTrue(
        Set.of(ErrorCode.PROGRAM_FAILED, ErrorCode.UNAVAILABLE).contains(e.code()), e::toString);
    assertFalse(String.valueOf(e.getMessage()).contains(garbage), e::getMessage);
  }

  @Test
  void call_closedWithoutAnAnswer_isUnavailable() {
    answering("", 0, true);
    assertSays(askFails(), ErrorCode.UNAVAILABLE, "cannot be reached");
  }

  @Test
  void call_nobodyListens_isUnavailable() throws IOException {
    server.close();
    assertSays(askFails(), ErrorCode.UNAVAILABLE, "cannot be reached");
  }

  @Test
  void call_neverAnswered_endsAtItsDeadline() {
    answering("{\"success\": ", 1, false);
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> sentry().processes("c", Deadline.after(Duration.ofMillis(300))));
    assertSays(e, ErrorCode.DEADLINE_EXCEEDED, "did not answer");
  }

  @Test
  void call_endlessAnswer_isCutOff() {
    answering("{\"success\":true,\"result\":[", 1, false);
    SandboxException first =
        assertThrows(
            SandboxException.class,
            () -> sentry().processes("c", Deadline.after(Duration.ofMillis(300))));
    assertSays(first, ErrorCode.DEADLINE_EXCEEDED, "did not answer");
    answering("[1234567,1,1,1,1,".repeat(100), 100_000, false);
    assertSays(askFails(), ErrorCode.PROGRAM_FAILED, "too long");
  }

  @Test
  void call_deeplyNestedAnswer_isCutOff() {
    answering("[".repeat(10_000), 1, true);
    assertSays(askFails(), ErrorCode.PROGRAM_FAILED, "too long");
  }

  @Test
  void execute_endlessAnswer_isCutOff() throws IOException {
    answering("[1,1,1,1,".repeat(100), 10_000, false);
    assertSays(executeFails(), ErrorCode.PROGRAM_FAILED, "too long");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "null", "\"7\"", "1.5", "99999999999", "{}"})
  void execute_noProcessId_isNotTakenForOne(String result) throws IOException {
    answering("{\"success\": true, \"result\": " + result + "}", 1, true);
    assertSays(executeFails(), ErrorCode.PROGRAM_FAILED, "ExecuteAsync");
  }

  @Test
  void execute_thenExit_goOverOneConnection() throws IOException, InterruptedException, Refused {
    String longer = "x".repeat(5000); // than usual
    answeringInTurn(
        "{\"success\": true, \"result\": 7}",
        "{\"success\": true, \"err\": \"" + longer + "\", \"result\": 256}");
    try (Fd stream = Fd.open(Path.of("/dev/null"), Fd.O_RDWR, 0);
        ControlConnection connection = sentry().connect()) {
      List<Fd> streams = List.of(stream, stream, stream);
      assertEquals(7, sentry().execute(connection, "c", process(), streams, soon()));
      sentry().wantExit(connection, "c", 7, soon());
      assertEquals(Optional.of(256), sentry().exit(connection, Duration.ofSeconds(30)));
      assertThrows(IOException.class, () -> sentry().exit(connection, Duration.ofSeconds(30)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"0\"", "[]", "true"})
  void awaitExit_noNumber_isNotAnExitCodeOfZero(String result) {
    answering("{\"success\": true, \"result\": " + result + "}", 1, true);
    SandboxException e = assertThrows(SandboxException.class, () -> sentry().awaitExit("c"));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "Wait");
  }

  @Test
  void awaitExit_garbage_isAnErrorAndNotAnEnd() {
    answering("hello ", 1, true);
    SandboxException e = assertThrows(SandboxException.class, () -> sentry().awaitExit("c"));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "Wait");
  }

  @Test
  void awaitExit_brokenOff_isTheSandboxesEnd() {
    answering("{\"succ", 1, true);
    assertThrows(IOException.class, () -> sentry().awaitExit("c"));
  }

  @Test
  void signal_refused_givesTheSentrysWords() {
    answering("{\"success\": false, \"err\": \"no such thing\"}", 1, true);
    Refused e =
        assertThrows(
            Refused.class, () -> sentry().signal("c", 9, Control.Delivery.ALL_PROCESSES, soon()));
    assertEquals("no such thing", e.getMessage());
  }
}
