package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.linux.Fd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers, one after the other on one socket, and callers that are not to notice. */
class GateTest {
  private static final String RUN = RuntimeServiceGrpc.getRunPodSandboxMethod().getFullMethodName();
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private ListeningSocket socket;
  private CriServer first;
  private RawClient client;

  @BeforeEach
  void start() throws Exception {
    socket = ListeningSocket.claim(path());
    socket.open(Optional.empty());
    first = server(request -> answer("first"));
    first.start(socket);
    client = new RawClient(path());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    first.close();
    socket.close();
  }

  @Test
  void callsThatWait_andThoseAfter_areTheNextServers() throws Exception {
    assertEquals("first", ask(client));
    assertTrue(first.hold(LONG));
    RawClient.Call waiting = client.send(RUN, request());

    Fd callers = socket.listening().duplicate();
    socket.leaveToOthers(true);
    socket.close();
    socket = ListeningSocket.claim(path());
    socket.open(Optional.of(callers));
    try (CriServer next = server(request -> answer("next"))) {
      next.start(socket);
      first.passOn();

      assertEquals("next", id(waiting.answer()));
      assertEquals("next", ask(client));
      try (RawClient another = new RawClient(path())) {
        assertEquals("next", ask(another));
      }
      assertTrue(first.awaitDrained(LONG));
    }
  }

  @Test
  void callThatRuns_isWaitedFor_andIfItTakesTooLongAllGoesOn() throws Exception {
    first.close();
    socket.close();
    socket = ListeningSocket.claim(path());
    socket.open(Optional.empty());
    first =
        server(
            request -> {
              if (request.getConfig().getHostname().equals("slow")) {
                entered.countDown();
                goOn.await();
              }
              return answer("first");
            });
    first.start(socket);
    RawClient.Call slow = client.send(RUN, request("slow"));
    entered.await();

    assertFalse(first.hold(Duration.ofMillis(20)));
    assertEquals("first", ask(client));
    goOn.countDown();
    assertEquals("first", id(slow.answer()));
    assertTrue(first.hold(LONG));
    RawClient.Call waiting = client.send(RUN, request());
    first.goOn();
    assertEquals("first", id(waiting.answer()));
  }

  private interface Answering {
    RunPodSandboxResponse to(RunPodSandboxRequest request) throws InterruptedException;
  }

  private CriServer server(Answering answering) {
    return new CriServer(
        path(),
        folder.resolve("no-containerd.sock"),
        new OneOfOurs(),
        List.of(
            new Route.ByHandler<>(
                RuntimeServiceGrpc.getRunPodSandboxMethod(),
                2,
                request -> {
                  try {
                    return answering.to(request);
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                })),
        FrontSettings.defaults());
  }

  private static RunPodSandboxResponse answer(String id) {
    return RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build();
  }

  private static byte[] request() {
    return request("");
  }

  private static byte[] request(String hostname) {
    RunPodSandboxRequest.Builder request = RunPodSandboxRequest.newBuilder();
    request.setRuntimeHandler("gvisor").getConfigBuilder().setHostname(hostname);
    return request.build().toByteArray();
  }

  private static String ask(RawClient caller) throws Exception {
    return id(caller.unary(RUN, request()));
  }

  private static String id(RawClient.Answer answer) throws Exception {
    return RunPodSandboxResponse.parseFrom(answer.message()).getPodSandboxId();
  }

  private Path path() {
    return folder.resolve("cri.sock");
  }
}
