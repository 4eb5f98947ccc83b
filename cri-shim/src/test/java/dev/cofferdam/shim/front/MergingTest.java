package dev.cofferdam.shim.front;

import static dev.cofferdam.shim.front.OneOfOurs.CONTAINER;
import static dev.cofferdam.shim.front.OneOfOurs.POD;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.Container;
import dev.cofferdam.cri.v1.ContainerEventResponse;
import dev.cofferdam.cri.v1.ContainerFilter;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListContainersResponse;
import dev.cofferdam.cri.v1.RuntimeCondition;
import dev.cofferdam.cri.v1.RuntimeHandler;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeStatus;
import dev.cofferdam.cri.v1.StatusResponse;
import dev.cofferdam.cri.v1.StreamContainersResponse;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MergingTest {
  private static final String LIST = "runtime.v1.RuntimeService/ListContainers";
  private static final String STREAM = "runtime.v1.RuntimeService/StreamContainers";
  private static final String STATUS = "runtime.v1.RuntimeService/Status";
  private static final String EVENTS = "runtime.v1.RuntimeService/GetContainerEvents";

  /** A field that no version knows, in the list and in its entry. */
  private static final byte[] CONTAINERDS = {
    10, 7, 10, 1, 't', (byte) 0xfa, 0x3e, 1, 'x', (byte) 0xf8, 0x3e, 5
  };

  private final OneOfOurs ours = new OneOfOurs();
  private final BlockingQueue<ListContainersRequest> asked = new LinkedBlockingQueue<>();
  private final ConcurrentLinkedQueue<Consumer<ContainerEventResponse>> listeners =
      new ConcurrentLinkedQueue<>();
  private volatile OwnCall<ListContainersRequest, ListContainersResponse> list =
      request -> ListContainersResponse.newBuilder().addContainers(container(CONTAINER)).build();
  private int streamed = 3;
  private Front front;

  @BeforeEach
  void start() throws Exception {
    front =
        new Front(
            ours,
            List.of(
                new Route.Merged<>(
                    RuntimeServiceGrpc.getListContainersMethod(),
                    request -> {
                      asked.add(request);
                      return list.call(request);
                    }),
                new Route.Merged<>(
                    RuntimeServiceGrpc.getStreamContainersMethod(),
                    request -> {
                      var all = StreamContainersResponse.newBuilder();
                      for (int i = 0; i < streamed; i++) {
                        all.addContainers(container(CONTAINER));
                      }
                      return all.build();
                    }),
                new Route.Merged<>(
                    RuntimeServiceGrpc.getStatusMethod(),
                    request ->
                        StatusResponse.newBuilder()
                            .addRuntimeHandlers(RuntimeHandler.newBuilder().setName("gvisor"))
                            .build()),
                new Route.MergedEvents<>(
                    RuntimeServiceGrpc.getGetContainerEventsMethod(),
                    listener -> {
                      listeners.add(listener);
                      return () -> listeners.remove(listener);
                    })),
            FrontSettings.defaults());
    front.containerd.unary(LIST, request -> CONTAINERDS);
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
  }

  @Test
  void list_ofBoth_isContainerdsBytesThenOurs() throws Exception {
    byte[] answer = front.client.unary(LIST, new byte[0]).message();
    assertArrayEquals(CONTAINERDS, Arrays.copyOf(answer, CONTAINERDS.length));
    ListContainersResponse parsed = ListContainersResponse.parseFrom(answer);
    assertEquals(
        List.of("t", CONTAINER),
        parsed.getContainersList().stream().map(Container::getId).toList());
  }

  @Test
  void list_noneOfOurs_isContainerdsBytes() {
    list = request -> ListContainersResponse.getDefaultInstance();
    assertArrayEquals(CONTAINERDS, front.client.unary(LIST, new byte[0]).message());
  }

  @Test
  void list_filterWithPrefixes_reachesUsWithWholeIds() throws Exception {
    byte[] request =
        ListContainersRequest.newBuilder()
            .setFilter(ContainerFilter.newBuilder().setId("ccc").setPodSandboxId("aa"))
            .build()
            .toByteArray();
    front.client.unary(LIST, request);
    ContainerFilter filter = asked.take().getFilter();
    assertEquals(CONTAINER, filter.getId());
    assertEquals(POD, filter.getPodSandboxId());
  }

  @Test
  void list_oneSideMissing_isAnErrorNeverShort() throws Exception {
    ours.ready = false;
    assertEquals(Status.Code.UNAVAILABLE, code(LIST));
    assertEquals(Status.Code.UNAVAILABLE, code(EVENTS));
    ours.ready = true;
    list =
        request -> {
          throw new SandboxException(ErrorCode.INTERNAL, "a defect");
        };
    assertEquals(Status.Code.INTERNAL, code(LIST));
    list = request -> ListContainersResponse.getDefaultInstance();
    front.containerd.handle(LIST, (call, message) -> call.close(Status.DATA_LOSS, new Metadata()));
    assertEquals(Status.Code.DATA_LOSS, code(LIST));
    front.containerd.kill();
    assertEquals(Status.Code.UNAVAILABLE, code(LIST));
    assertEquals(Status.Code.UNAVAILABLE, code(STATUS));
    assertEquals(Status.Code.UNAVAILABLE, code(STREAM));
    assertEquals(Status.Code.UNAVAILABLE, code(EVENTS));
  }

  @Test
  void list_overTheLimitTogether_isResourceExhausted() {
    front.containerd.unary(LIST, request -> bigList(10 << 20));
    list = request -> ListContainersResponse.parseFrom(bigList(10 << 20));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, code(LIST));
  }

  @Test
  void status_ofBoth_hasContainerdsConditionsAndBothHandlers() throws Exception {
    StatusResponse containerds =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(
                        RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true)))
            .addRuntimeHandlers(RuntimeHandler.newBuilder().setName("runc"))
            .build();
    front.containerd.unary(STATUS, request -> containerds.toByteArray());
    StatusResponse answer =
        StatusResponse.parseFrom(front.client.unary(STATUS, new byte[0]).message());
    assertEquals(containerds.getStatus(), answer.getStatus());
    assertEquals(
        List.of("runc", "gvisor"),
        answer.getRuntimeHandlersList().stream().map(RuntimeHandler::getName).toList());
  }

  @Test
  void stream_ofBoth_isContainerdsMessagesThenOurs() throws Exception {
    streamed = 40_000;
    front.containerd.handle(
        STREAM,
        (call, message) -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(CONTAINERDS);
          call.sendMessage(CONTAINERDS);
          call.close(Status.OK, new Metadata());
        });
    RawClient.Answer answer = front.client.send(STREAM, new byte[0]).answer();
    assertEquals(Status.Code.OK, answer.status().getCode());
    assertArrayEquals(CONTAINERDS, answer.messages().get(0));
    assertArrayEquals(CONTAINERDS, answer.messages().get(1));
    int count = 0;
    for (byte[] message : answer.messages().subList(2, answer.messages().size())) {
      assertTrue(message.length <= 1 << 20);
      count += StreamContainersResponse.parseFrom(message).getContainersCount();
    }
    assertEquals(streamed, count);
  }

  @Test
  void stream_containerdDoesNotHaveIt_isContainerdsRefusal() {
    assertEquals(Status.Code.UNIMPLEMENTED, code(STREAM));
  }

  @Test
  void events_ofBoth_arriveAsTheyHappen() throws Exception {
    BlockingQueue<Consumer<byte[]>> containerd = new LinkedBlockingQueue<>();
    front.containerd.handle(
        EVENTS,
        (call, message) -> {
          call.sendHeaders(new Metadata());
          containerd.add(call::sendMessage);
        });
    RawClient.Call call = front.client.send(EVENTS, new byte[0]);
    Consumer<byte[]> theirs = containerd.take();
    event("one");
    assertEquals("one", ContainerEventResponse.parseFrom(call.next()).getContainerId());
    theirs.accept(CONTAINERDS);
    assertArrayEquals(CONTAINERDS, call.next());
    event("two");
    assertEquals("two", ContainerEventResponse.parseFrom(call.next()).getContainerId());
    call.call.cancel("enough", null);
    await().atMost(Duration.ofSeconds(10)).until(listeners::isEmpty);
  }

  @Test
  void events_readerThatFallsBehind_isCutOff() {
    front.containerd.handle(EVENTS, (call, message) -> call.sendHeaders(new Metadata()));
    RawClient.Call call = front.client.open(EVENTS, new Metadata(), CallOptions.DEFAULT, false);
    call.call.sendMessage(new byte[0]);
    call.call.halfClose();
    await().atMost(Duration.ofSeconds(10)).until(() -> !listeners.isEmpty());
    for (int i = 0; i < 100_000 && !listeners.isEmpty(); i++) {
      event("x".repeat(1000));
    }
    assertTrue(listeners.isEmpty());
    call.call.request(1_000_000);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, call.answer().status().getCode());
  }

  private void event(String id) {
    listeners.forEach(
        listener ->
            listener.accept(ContainerEventResponse.newBuilder().setContainerId(id).build()));
  }

  private Status.Code code(String method) {
    return front.client.unary(method, new byte[0]).status().getCode();
  }

  private static Container container(String id) {
    return Container.newBuilder().setId(id).setPodSandboxId(POD).build();
  }

  private static byte[] bigList(int bytes) {
    return ListContainersResponse.newBuilder()
        .addContainers(Container.newBuilder().setId("x".repeat(bytes)))
        .build()
        .toByteArray();
  }
}
