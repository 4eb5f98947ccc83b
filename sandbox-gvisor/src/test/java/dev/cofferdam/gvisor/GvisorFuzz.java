package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** What runsc prints, and what a sentry, one exploit away from the workload, answers. */
class GvisorFuzz {
  private Path folder = Path.of("/nonexistent");

  @BeforeTry
  void make() throws IOException {
    folder = Files.createTempDirectory("gvisor");
  }

  @AfterTry
  void remove() throws IOException {
    Trees.delete(folder);
  }

  @Provide
  Arbitrary<byte[]> logs() {
    return Mutations.of(
        "{\"msg\":\"starting\",\"level\":\"warning\"}\n{\"msg\":\"cannot mount: \\\"x\\\"\"}\n",
        "plain words\n\n{\"level\":\"error\"}\n");
  }

  @Provide
  Arbitrary<byte[]> answers() {
    return Mutations.of(
        "{\"success\":true,\"err\":\"\",\"result\":17}",
        "{\"success\":false,\"err\":\"container \\\"x\\\" does not exist\"}",
        """
        {"success":true,"result":{"event":{"data":{"memory":{"usage":{"usage":4096}},\
        "pids":{"current":3}}},"containerUsage":{"c1":123,"c2":456},"Total":99}}""",
        "{\"success\":true,\"result\":[{\"pid\":1},{\"pid\":2}]}");
  }

  @Fuzz
  void log_isPutIntoAFewWords(@ForAll("logs") byte[] text) throws IOException {
    Path log = Files.write(folder.resolve("log"), text);
    assertTrue(new CommandLog(log, log).words().length() <= 8 * 1024);
  }

  @Fuzz
  @SuppressWarnings("try") // Closed early, so that the other side ends.
  void answer_isUnderstoodOrRefused(@ForAll("answers") byte[] answer) throws Exception {
    Path path = folder.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Thread sentry = Thread.ofVirtual().start(() -> answerAll(server, answer));
      Sentry asked = new Sentry(new ControlSocket(path));
      Deadline deadline = Deadline.after(Duration.ofSeconds(20));
      understoodOrRefused(answer, () -> asked.usage("c1", deadline));
      understoodOrRefused(answer, () -> asked.sandboxUsage(deadline));
      understoodOrRefused(answer, () -> asked.processes("c1", deadline));
      understoodOrRefused(answer, () -> asked.awaitExit("c1"));
      understoodOrRefused(
          answer,
          () -> {
            asked.signal("c1", 1, 15, Sentry.Delivery.PROCESS, deadline);
            return 0;
          });
      server.close();
      sentry.join();
    }
  }

  @FunctionalInterface
  private interface Question {
    Object ask() throws IOException, Refused;
  }

  private static void understoodOrRefused(byte[] answer, Question question) {
    try {
      var _ = question.ask();
    } catch (SandboxException | IOException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    } catch (Refused e) {
      assertTrue(String.valueOf(e.getMessage()).length() < answer.length + 100);
    }
  }

  private static void answerAll(ServerSocketChannel server, byte[] answer) {
    while (server.isOpen()) {
      try (SocketChannel socket = server.accept()) {
        socket.read(ByteBuffer.allocate(4096));
        ByteBuffer bytes = ByteBuffer.wrap(answer);
        while (bytes.hasRemaining()) {
          socket.write(bytes);
        }
      } catch (IOException _) {
        // The one who asked has hung up, or the test is over.
      }
    }
  }

  @Fuzz
  void pidFile_isReadOrPassedOver(@ForAll("logs") byte[] text) throws IOException {
    Layout layout = new Layout(folder, folder, folder);
    Files.write(layout.pidFile(), text);
    assertTrue(new SandboxFiles(layout).runningPid().isEmpty());
  }
}
