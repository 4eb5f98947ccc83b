package dev.cofferdam.shim.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Moments in which no pod network of containerd's changes: calls wait, none is lost or refused. */
@Timeout(60)
class NetworkPauseTest {
  private static final String RUN = "runtime.v1.RuntimeService/RunPodSandbox";
  private static final String VERSION = "runtime.v1.RuntimeService/Version";
  private static final byte[] ANSWER = "containerd's answer".getBytes(UTF_8);
  private static final byte[] REQUEST =
      RunPodSandboxRequest.newBuilder().setRuntimeHandler("runc").build().toByteArray();
  private static final Duration SOON = Duration.ofSeconds(30);

  private final BlockingQueue<ServerCall<byte[], byte[]>> received = new LinkedBlockingQueue<>();
  private Front front;

  @BeforeEach
  void start() throws Exception {
    front =
        new Front(
            new OneOfOurs(),
            List.of(
                new Route.ByHandler<>(
                    RuntimeServiceGrpc.getRunPodSandboxMethod(),
                    2,
                    request -> RunPodSandboxResponse.getDefaultInstance())),
            FrontSettings.defaults());
    front.containerd.handle(RUN, (call, request) -> received.add(call));
    front.containerd.unary(VERSION, request -> ANSWER);
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
  }

  private CompletableFuture<RawClient.Answer> run(Duration deadline) {
    return CompletableFuture.supplyAsync(
        () -> front.client.unary(RUN, REQUEST, new Metadata(), deadline),
        task -> Thread.ofVirtual().start(task));
  }

  private static void answer(ServerCall<byte[], byte[]> call, Status status) {
    if (status.isOk()) {
      call.sendHeaders(new Metadata());
      call.sendMessage(ANSWER);
    }
    call.close(status, new Metadata());
  }

  private boolean during(Duration quiet, Runnable work) throws InterruptedException {
    return front.server.networkPause().tryDuring(quiet, work);
  }

  private ServerCall<byte[], byte[]> arrived() throws InterruptedException {
    ServerCall<byte[], byte[]> call = received.poll(30, TimeUnit.SECONDS);
    assertTrue(call != null, "the call has not reached containerd");
    return call;
  }

  @Test
  void pause_callUnderWay_thereIsNone() throws Exception {
    CompletableFuture<RawClient.Answer> call = run(SOON);
    ServerCall<byte[], byte[]> arrived = arrived();
    assertFalse(during(Duration.ZERO, () -> {}));
    answer(arrived, Status.OK);
    assertArrayEquals(ANSWER, call.join().message());
    assertTrue(during(Duration.ZERO, () -> {}));
  }

  @Test
  void pause_callComes_waitsAndIsServedAfterIt() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch paused = new CountDownLatch(1);
    CompletableFuture<Boolean> pause =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return during(
                    Duration.ZERO,
                    () -> {
                      paused.countDown();
                      assertAwaits(over);
                    });
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            },
            task -> Thread.ofVirtual().start(task));
    assertAwaits(paused);
    CompletableFuture<RawClient.Answer> call = run(SOON);
    CompletableFuture<RawClient.Answer> late = run(Duration.ofMillis(300));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, late.join().status().getCode());
    // Others pass, and the one that waits has not passed before them.
    assertArrayEquals(ANSWER, front.client.unary(VERSION, new byte[0]).message());
    assertTrue(received.isEmpty());
    assertFalse(during(Duration.ZERO, () -> {}));
    over.countDown();
    assertTrue(pause.join());
    answer(arrived(), Status.OK);
    assertArrayEquals(ANSWER, call.join().message());
    assertTrue(received.isEmpty(), "the call that was given up reached containerd");
  }

  private static void assertAwaits(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void pause_callFailedJustNow_containerdMayStillBeCleaningUp() throws Exception {
    assertFalse(during(Duration.ofMinutes(10), () -> {}), "the shim has only just been started");
    CompletableFuture<RawClient.Answer> call = run(SOON);
    answer(arrived(), Status.UNKNOWN.withDescription("no address left"));
    assertEquals("no address left", call.join().status().getDescription());
    assertFalse(during(Duration.ofMinutes(10), () -> {}));
  }

  @Test
  void pause_containerdAway_isOverWithTheCall() throws Exception {
    front.containerd.kill();
    assertEquals(Status.Code.UNAVAILABLE, run(SOON).join().status().getCode());
    assertEquals(Status.Code.UNAVAILABLE, run(SOON).join().status().getCode());
    assertTrue(during(Duration.ZERO, () -> {}));
  }

  @Test
  void pause_workFails_callsGoOn() throws Exception {
    IllegalStateException thrown = null;
    try {
      assertTrue(
          during(
              Duration.ZERO,
              () -> {
                throw new IllegalStateException("broken");
              }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    assertTrue(thrown != null);
    CompletableFuture<RawClient.Answer> call = run(SOON);
    answer(arrived(), Status.OK);
    assertArrayEquals(ANSWER, call.join().message());
  }
}
