package dev.cofferdam.shim.front;

import static dev.cofferdam.shim.front.OneOfOurs.CONTAINER;
import static dev.cofferdam.shim.front.OneOfOurs.POD;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.MessageLite;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StopContainerRequest;
import dev.cofferdam.cri.v1.StopContainerResponse;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxResponse;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final String RUN = name("RunPodSandbox");
  private static final String STOP_POD = name("StopPodSandbox");
  private static final String STOP_CONTAINER = name("StopContainer");
  private static final byte[] CONTAINERDS = "containerd's answer".getBytes(UTF_8);

  private final OneOfOurs ours = new OneOfOurs();
  private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private volatile OwnCall<StopContainerRequest, StopContainerResponse> stopContainer =
      request -> StopContainerResponse.getDefaultInstance();
  private Front front;

  @BeforeEach
  void start() throws Exception {
    front =
        new Front(
            ours,
            List.of(
                new Route.ByHandler<>(
                    RuntimeServiceGrpc.getRunPodSandboxMethod(),
                    2,
                    request -> RunPodSandboxResponse.newBuilder().setPodSandboxId(POD).build()),
                new Route.BySandbox<>(
                    RuntimeServiceGrpc.getStopPodSandboxMethod(),
                    request -> {
                      received.add(request);
                      return StopPodSandboxResponse.getDefaultInstance();
                    }),
                new Route.ByContainer<>(
                    RuntimeServiceGrpc.getStopContainerMethod(),
                    request -> {
                      received.add(request);
                      return stopContainer.call(request);
                    })),
            FrontSettings.defaults());
    for (String method : List.of(RUN, STOP_POD, STOP_CONTAINER)) {
      front.containerd.unary(method, request -> CONTAINERDS);
    }
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
  }

  @Test
  void handler_ours_isAnsweredByUs() throws Exception {
    RawClient.Answer answer = front.client.unary(RUN, run("gvisor"));
    assertEquals(POD, RunPodSandboxResponse.parseFrom(answer.message()).getPodSandboxId());
  }

  @Test
  void handler_othersOrNone_goesToContainerd() {
    for (String handler : List.of("", "runc", "gvisor2", "nvidia")) {
      assertArrayEquals(CONTAINERDS, front.client.unary(RUN, run(handler)).message());
    }
  }

  @Test
  void id_wholeOrPrefix_reachesUsWhole() throws Exception {
    for (String id : List.of(POD, POD.substring(0, 13), "a")) {
      assertEquals(Status.Code.OK, stopPod(id).status().getCode());
      assertEquals(POD, ((StopPodSandboxRequest) received.take()).getPodSandboxId());
    }
  }

  @Test
  void id_ofNobody_isContainerdsToRefuse() {
    for (String id : List.of("", "b", POD + "a", CONTAINER)) {
      assertArrayEquals(CONTAINERDS, stopPod(id).message());
    }
    assertTrue(received.isEmpty());
  }

  @Test
  void id_ofSeveralOfOurs_isRefusedAndNotPassedOn() {
    ours.ambiguous = "abc";
    RawClient.Answer answer = stopPod("abc");
    assertEquals(Status.Code.INVALID_ARGUMENT, answer.status().getCode());
    assertArrayEquals(CONTAINERDS, stopPod("b").message());
  }

  @Test
  void request_malformed_goesToContainerd() {
    byte[] malformed = {10, 127, 'a'};
    assertArrayEquals(CONTAINERDS, front.client.unary(STOP_POD, malformed).message());
    assertArrayEquals(CONTAINERDS, front.client.unary(STOP_POD, new byte[0]).message());
  }

  @Test
  void request_withoutMessage_goesToContainerd() {
    front.containerd.handler(
        STOP_POD,
        (call, headers) -> {
          call.close(Status.INVALID_ARGUMENT, new Metadata());
          return new ServerCall.Listener<>() {};
        });
    RawClient.Call call = front.client.open(STOP_POD);
    call.call.halfClose();
    assertEquals(Status.Code.INVALID_ARGUMENT, call.answer().status().getCode());
  }

  @Test
  void notReady_ours_isUnavailableAndOthersPass() {
    ours.ready = false;
    assertEquals(Status.Code.UNAVAILABLE, stopPod(POD).status().getCode());
    assertEquals(
        Status.Code.UNAVAILABLE, front.client.unary(RUN, run("gvisor")).status().getCode());
    assertArrayEquals(CONTAINERDS, stopPod("b").message());
    assertArrayEquals(CONTAINERDS, front.client.unary(RUN, run("runc")).message());
  }

  @Test
  void ownCall_containerdAway_isStillAnswered() throws Exception {
    front.containerd.kill();
    assertEquals(Status.Code.OK, stopPod(POD).status().getCode());
  }

  @Test
  void failure_withCode_becomesItsStatus() {
    stopContainer =
        request -> {
          throw new SandboxException(ErrorCode.WRONG_STATE, "stop container c: it is not running");
        };
    Status status = stopContainer().answer().status();
    assertEquals(Status.Code.FAILED_PRECONDITION, status.getCode());
    assertEquals("stop container c: it is not running", status.getDescription());
  }

  @Test
  void failure_ofTheHeap_endsThatCallOnly() {
    stopContainer =
        request -> {
          throw new OutOfMemoryError("as in a test");
        };
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, stopContainer().answer().status().getCode());
    assertEquals(Status.Code.OK, stopPod(POD).status().getCode());
  }

  @Test
  void ownCall_thatHangs_stopsNobodyElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    stopContainer =
        request -> {
          release.await(20, TimeUnit.SECONDS);
          return StopContainerResponse.getDefaultInstance();
        };
    List<RawClient.Call> hanging = IntStream.range(0, 300).mapToObj(i -> stopContainer()).toList();
    assertArrayEquals(CONTAINERDS, stopPod("b").message());
    assertEquals(Status.Code.OK, stopPod(POD).status().getCode());
    assertFalse(hanging.getFirst().closed.isDone());
    release.countDown();
    hanging.forEach(call -> assertEquals(Status.Code.OK, call.answer().status().getCode()));
  }

  @Test
  void ownCalls_moreThanAllowed_areRefused() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    stopContainer =
        request -> {
          release.await(20, TimeUnit.SECONDS);
          return StopContainerResponse.getDefaultInstance();
        };
    List<RawClient.Call> calls =
        IntStream.rangeClosed(0, FrontSettings.defaults().maxOwnCalls())
            .mapToObj(i -> stopContainer())
            .toList();
    Object refused =
        CompletableFuture.anyOf(
                calls.stream().map(call -> call.closed).toArray(CompletableFuture<?>[]::new))
            .get(20, TimeUnit.SECONDS);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, ((RawClient.Answer) refused).status().getCode());
    release.countDown();
  }

  @Test
  void caller_goesAway_callRunsToItsEndAndIsTold() throws Exception {
    BlockingQueue<Boolean> gone = new LinkedBlockingQueue<>();
    stopContainer =
        request -> {
          CountDownLatch left = new CountDownLatch(1);
          CallDeadline.whenCallerIsGone(left::countDown);
          gone.add(left.await(10, TimeUnit.SECONDS) && CallDeadline.callerIsGone());
          return StopContainerResponse.getDefaultInstance();
        };
    RawClient.Call call = stopContainer();
    received.take();
    call.call.cancel("gone", null);
    assertEquals(true, gone.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void deadline_ofTheCaller_isTheCalls() throws Exception {
    BlockingQueue<Duration> remaining = new LinkedBlockingQueue<>();
    stopContainer =
        request -> {
          remaining.add(CallDeadline.atMost(Duration.ofMinutes(5)).remaining());
          return StopContainerResponse.getDefaultInstance();
        };
    front.client.unary(
        STOP_CONTAINER,
        StopContainerRequest.newBuilder().setContainerId(CONTAINER).build().toByteArray(),
        new Metadata(),
        Duration.ofSeconds(30));
    Duration left = remaining.take();
    assertTrue(left.compareTo(Duration.ofSeconds(30)) <= 0, left.toString());
    assertTrue(left.compareTo(Duration.ofSeconds(20)) > 0, left.toString());
  }

  private RawClient.Call stopContainer() {
    return front.client.send(
        STOP_CONTAINER,
        StopContainerRequest.newBuilder().setContainerId("ccc").build().toByteArray());
  }

  private RawClient.Answer stopPod(String id) {
    MessageLite request = StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    return front.client.unary(STOP_POD, request.toByteArray());
  }

  private static byte[] run(String handler) {
    return RunPodSandboxRequest.newBuilder().setRuntimeHandler(handler).build().toByteArray();
  }

  private static String name(String method) {
    return "runtime.v1.RuntimeService/" + method;
  }
}
