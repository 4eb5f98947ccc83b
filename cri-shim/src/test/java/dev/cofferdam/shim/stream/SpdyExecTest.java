package dev.cofferdam.shim.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpdyExecTest {
  private static final String V4 = "v4.channel.k8s.io";

  private final StreamingServerFixture fixture = new StreamingServerFixture();

  @AfterEach
  void closeServer() {
    fixture.close();
  }

  @Test
  void exec_overV4_carriesOutputsAndExitCode() throws Exception {
    URI url =
        fixture.exec(
            false,
            false,
            (_, out, err) -> {
              out.write("to out".getBytes(StandardCharsets.UTF_8));
              err.write("to err".getBytes(StandardCharsets.UTF_8));
              return 7;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      int error = client.openType("error");
      int out = client.openType("stdout");
      int err = client.openType("stderr");

      await().until(() -> client.ended);
      assertTrue(client.response.startsWith("HTTP/1.1 101"), client.response);
      assertEquals("to out", client.text(out));
      assertEquals("to err", client.text(err));
      assertEquals(
          "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with non-zero"
              + " exit code: exit status 7\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":"
              + "[{\"reason\":\"ExitCode\",\"message\":\"7\"}]}}",
          client.text(error));
      assertTrue(client.others.stream().anyMatch(SpdyGoAwayFrame.class::isInstance));
    }
  }

  @Test
  void exec_inputHalfClosed_isTheProcessesEndOfInput() throws Exception {
    URI url =
        fixture.exec(
            true,
            false,
            (in, out, _) -> {
              in.transferTo(out);
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      int error = client.openType("error");
      int in = client.openType("stdin");
      int out = client.openType("stdout");
      client.openType("stderr");
      client.write(in, "first ", false);
      client.write(in, "last", true);

      await().until(() -> client.ended);
      assertEquals("first last", client.text(out));
      assertEquals("{\"metadata\":{},\"status\":\"Success\"}", client.text(error));
    }
  }

  @Test
  void exec_beforeV4_tellsFailureAsText() throws Exception {
    for (String protocol : List.of("v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")) {
      URI url = fixture.exec(false, false, (_, _, _) -> 3);
      try (SpdyTestClient client = new SpdyTestClient(url, protocol).reading()) {
        int error = client.openType("error");
        client.openType("stdout");
        client.openType("stderr");

        await().until(() -> client.ended);
        assertEquals(
            "command terminated with non-zero exit code: exit status 3", client.text(error));
      }
    }
  }

  @Test
  void exec_withTerminal_passesOnSizes() throws Exception {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    URI url =
        fixture.exec(
            false,
            true,
            (_, _, _) -> {
              seen.orTimeout(10, TimeUnit.SECONDS).join();
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      client.openType("stdout");
      int resize = client.openType("resize");
      ScriptedProcess process = fixture.process();
      client.write(resize, "{\"Width\":80,\"Height\":24}{\"Wid", false);
      client.write(resize, "th\":0,\"Height\":24}\n{\"Width\":100,\"Height\":50}", false);

      await().until(() -> process.sizes.equals(List.of("80x24", "100x50")));
      seen.complete(null);
    }
  }

  @Test
  void exec_terminalWhoseClientGoes_hangsUp() throws Exception {
    URI url =
        fixture.exec(
            false,
            true,
            (_, _, _) -> {
              Thread.sleep(60_000);
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      client.openType("stdout");
      client.openType("resize");
      ScriptedProcess process = fixture.process();
      client.disconnect();

      assertEquals(1, process.signal.get(10, TimeUnit.SECONDS));
      process.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void exec_muchOutputToAClientThatOpensNoWindows_arrivesWhole() throws Exception {
    int size = 5_000_000;
    URI url =
        fixture.exec(
            false,
            false,
            (_, out, _) -> {
              out.write(new byte[size]);
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      int out = client.openType("stdout");
      client.openType("stderr");

      await().until(() -> client.ended);
      assertEquals(size, client.size(out));
    }
  }

  @Test
  void exec_clientThatOpensWindows_getsNoMoreThanItOpened() throws Exception {
    URI url =
        fixture.exec(
            false,
            false,
            (_, out, _) -> {
              out.write(new byte[10_000]);
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      DefaultSpdySettingsFrame settings = new DefaultSpdySettingsFrame();
      settings.setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, 1000);
      client.send(settings);
      int error = client.openType("error");
      int out = client.openType("stdout");
      client.openType("stderr");

      await().until(() -> client.size(out) == 1000);
      client.send(new DefaultSpdyWindowUpdateFrame(out, 2000));
      await().until(() -> client.size(out) == 3000);
      await().during(Duration.ofMillis(200)).until(() -> client.size(out) == 3000);
      client.send(new DefaultSpdyWindowUpdateFrame(out, 100_000));
      await().until(() -> client.ended);
      assertEquals(10_000, client.size(out));
      assertTrue(client.text(error).contains("Success"));
    }
  }

  @Test
  void exec_inputThatNobodyReads_isNotTakenWithoutBound() throws Exception {
    CompletableFuture<Void> read = new CompletableFuture<>();
    URI url =
        fixture.exec(
            true,
            false,
            (in, _, _) -> {
              read.orTimeout(30, TimeUnit.SECONDS).join();
              return in.readAllBytes().length == 64 * 1024 * 1024 ? 0 : 1;
            });
    AtomicLong sent = new AtomicLong();
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      int error = client.openType("error");
      int in = client.openType("stdin");
      client.openType("stdout");
      client.openType("stderr");
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  byte[] chunk = new byte[64 * 1024];
                  for (int i = 1; i <= 1024; i++) {
                    client.write(in, chunk, i == 1024);
                    sent.addAndGet(chunk.length);
                  }
                } catch (IOException _) {
                  // The count says so.
                }
              });
      long[] before = {-1};
      await()
          .pollInterval(Duration.ofMillis(300))
          .until(() -> sent.get() > 0 && before[0] == (before[0] = sent.get()));
      assertTrue(sent.get() < 32 * 1024 * 1024, sent + " bytes were taken");
      read.complete(null);

      await().atMost(30, TimeUnit.SECONDS).until(() -> client.ended);
      assertTrue(client.text(error).contains("Success"), client.text(error));
    }
  }

  @Test
  void exec_targetThatFails_tellsWhy() throws Exception {
    URI url =
        fixture.server.exec(
            ExecRequest.newBuilder().setContainerId("c").setStdout(true).build(),
            () -> {
              throw new SandboxException(ErrorCode.WRONG_STATE, "container c is not running");
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      int error = client.openType("error");
      client.openType("stdout");

      await().until(() -> client.ended);
      assertTrue(
          client
              .text(error)
              .contains(
                  "Internal error occurred: error executing command in container:"
                      + " container c is not running"));
    }
  }

  @Test
  void session_ping_isEchoed() throws Exception {
    URI url = fixture.exec(false, false, (_, _, _) -> 0);
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.send(new DefaultSpdyPingFrame(5));

      await()
          .until(
              () ->
                  client.others.stream()
                      .anyMatch(frame -> frame instanceof SpdyPingFrame ping && ping.id() == 5));
    }
  }

  @Test
  void session_unknownOrDoubleStreamTypes_areReset() throws Exception {
    URI url = fixture.exec(false, false, (_, _, _) -> 0);
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("stdout");
      int again = client.openType("stdout");
      int unknown = client.openType("telepathy");

      await().until(() -> client.finished(again) && client.finished(unknown));
      assertEquals(2, client.others.stream().filter(SpdyRstStreamFrame.class::isInstance).count());
    }
  }

  @Test
  void session_streamsNeverOpened_endsAfterTheCreationTimeout() throws Exception {
    URI url = fixture.exec(false, false, (_, _, _) -> 0);
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");

      await().until(() -> client.ended);
      assertTrue(fixture.started.isEmpty());
    }
  }

  @Test
  void attach_clientGoes_interruptsTheTarget() throws Exception {
    CompletableFuture<String> result = new CompletableFuture<>();
    URI url =
        fixture.attach(
            new AttachTarget() {
              @Override
              public void connect(ClientStreams client) throws InterruptedException {
                try {
                  Thread.sleep(60_000);
                } catch (InterruptedException e) {
                  result.complete("interrupted");
                  throw e;
                }
              }

              @Override
              public void resize(int columns, int rows) {}
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      int error = client.openType("error");
      int out = client.openType("stdout");
      await().until(() -> client.others.size() >= 2);
      assertTrue(error < out);
      client.disconnect();

      assertEquals("interrupted", result.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void close_sessionThatDoesNotEnd_isBrokenOff() throws Exception {
    URI url =
        fixture.exec(
            false,
            false,
            (_, _, _) -> {
              Thread.sleep(60_000);
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      client.openType("stdout");
      client.openType("stderr");
      ScriptedProcess process = fixture.process();
      fixture.close();

      process.closed.get(10, TimeUnit.SECONDS);
      await().until(() -> client.ended);
    }
  }
}
