package dev.cofferdam.shim.front;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.ImageStatusRequest;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.shim.testing.Containerd;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real containerd, asked directly and through us: the same bytes come back. */
@Tag("node")
class ContainerdNodeTest {
  private static final String RUNTIME = "runtime.v1.RuntimeService/";
  private static final String IMAGE = "runtime.v1.ImageService/";

  // Short, for sockets' paths must be.
  private Path folder;
  private Containerd containerd;
  private CriServer server;
  private RawClient direct;
  private RawClient through;

  @BeforeEach
  void start() throws IOException {
    folder = Files.createTempDirectory("fn");
    containerd = new Containerd(folder);
    Path socket = folder.resolve("cri.sock");
    server =
        new CriServer(
            socket,
            containerd.socket(),
            Ownership.none(),
            List.of(
                new Route.Merged<>(
                    RuntimeServiceGrpc.getListPodSandboxMethod(),
                    request -> ListPodSandboxResponse.getDefaultInstance())),
            FrontSettings.defaults());
    server.start();
    direct = new RawClient(containerd.socket());
    through = new RawClient(socket);
  }

  @AfterEach
  void stop() throws IOException {
    direct.close();
    through.close();
    server.close();
    containerd.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void answers_ofContainerd_areTheSameThroughUs() {
    Map<String, byte[]> calls = new LinkedHashMap<>();
    calls.put(RUNTIME + "Version", new byte[0]);
    calls.put(RUNTIME + "Status", StatusRequest.getDefaultInstance().toByteArray());
    calls.put(RUNTIME + "RuntimeConfig", new byte[0]);
    calls.put(RUNTIME + "ListPodSandbox", new byte[0]);
    calls.put(RUNTIME + "ListContainers", new byte[0]);
    calls.put(RUNTIME + "StreamContainers", new byte[0]);
    calls.put(RUNTIME + "ListPodSandboxMetrics", new byte[0]);
    calls.put(IMAGE + "ListImages", new byte[0]);
    calls.put(
        IMAGE + "ImageStatus",
        ImageStatusRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage("no/such"))
            .build()
            .toByteArray());
    calls.put(
        RUNTIME + "ContainerStatus",
        ContainerStatusRequest.newBuilder().setContainerId("nobodys").build().toByteArray());
    calls.put(
        RUNTIME + "StopPodSandbox",
        StopPodSandboxRequest.newBuilder().setPodSandboxId("nobodys").build().toByteArray());
    calls.put(
        RUNTIME + "RunPodSandbox",
        RunPodSandboxRequest.newBuilder()
            .setRuntimeHandler("no-such-handler")
            .setConfig(PodSandboxConfig.getDefaultInstance())
            .build()
            .toByteArray());
    calls.put(RUNTIME + "RunPodSandbox ", new byte[0]);
    calls.put(RUNTIME + "NoSuchMethod", new byte[] {1, 2, 3});
    calls.put("containerd.services.version.v1.Version/Version", new byte[0]);
    calls.put("grpc.health.v1.Health/Check", new byte[0]);
    calls.forEach(this::assertSame);
  }

  private void assertSame(String method, byte[] request) {
    RawClient.Answer expected = direct.unary(method, request);
    RawClient.Answer actual = through.unary(method, request);
    assertEquals(expected.status().getCode(), actual.status().getCode(), method);
    assertEquals(expected.status().getDescription(), actual.status().getDescription(), method);
    assertEquals(expected.trailers().keys(), actual.trailers().keys(), method);
    assertEquals(expected.messages().size(), actual.messages().size(), method);
    for (int i = 0; i < expected.messages().size(); i++) {
      assertArrayEquals(expected.messages().get(i), actual.messages().get(i), method);
    }
  }

  @Test
  void message_overTheLimit_hasContainerdsStatusThroughUs() {
    byte[] tooLarge = new byte[(16 << 20) + 1];
    assertEquals(
        direct.unary(RUNTIME + "Version", tooLarge).status().getCode(),
        through.unary(RUNTIME + "Version", tooLarge).status().getCode());
  }

  @Test
  void events_containerdRestarted_endAndComeAgain() throws Exception {
    RawClient.Call events = through.send(RUNTIME + "GetContainerEvents", new byte[0]);
    containerd.stop();
    assertEquals(Status.Code.UNAVAILABLE, events.answer().status().getCode());
    RawClient.Answer away = through.unary(RUNTIME + "Version", new byte[0]);
    assertEquals(Status.Code.UNAVAILABLE, away.status().getCode());
    assertTrue(String.valueOf(away.status().getDescription()).contains("c.sock"));
    containerd.restart();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                through.unary(RUNTIME + "Version", new byte[0]).status().getCode()
                    == Status.Code.OK);
  }
}
