package dev.cofferdam.shim.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxResponse;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObservedCallsTest {
  private static final String SERVICE = "runtime.v1.RuntimeService/";

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private Path folder;
  private FakeContainerd containerd;
  private CriServer server;
  private RawClient client;

  private final class Recorder implements CallObserver {
    @Override
    public Call begin(String method, Metadata headers) {
      return new Call() {
        private volatile Server by = Server.CONTAINERD;

        @Override
        public void answeredBy(Server server) {
          by = server;
        }

        @Override
        public void ended(Status status) {
          seen.add(method + " " + by + " " + status.getCode());
        }
      };
    }
  }

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory("observed");
    containerd = new FakeContainerd(folder.resolve("containerd.sock")).start();
    containerd.unary(SERVICE + "ListPodSandbox", request -> new byte[0]);
    containerd.unary(SERVICE + "Version", request -> "1".getBytes(UTF_8));
    server =
        new CriServer(
            folder.resolve("cri.sock"),
            containerd.socket,
            new OneOfOurs(),
            List.of(
                new Route.BySandbox<>(
                    RuntimeServiceGrpc.getStopPodSandboxMethod(), ObservedCallsTest::refuse),
                new Route.Merged<>(
                    RuntimeServiceGrpc.getListPodSandboxMethod(),
                    request -> ListPodSandboxResponse.getDefaultInstance())),
            FrontSettings.defaults(),
            new Recorder());
    server.start();
    client = new RawClient(folder.resolve("cri.sock"));
  }

  private static StopPodSandboxResponse refuse(StopPodSandboxRequest request) {
    throw new SandboxException(ErrorCode.NOT_FOUND, "gone");
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
    containerd.close();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Test
  void call_thatPasses_isContainerds() throws Exception {
    var _ = client.unary(SERVICE + "Version", new byte[0]);
    assertEquals(SERVICE + "Version CONTAINERD OK", next());
  }

  @Test
  void call_ofOurs_isOursWithItsCode() throws Exception {
    var _ =
        client.unary(
            SERVICE + "StopPodSandbox",
            StopPodSandboxRequest.newBuilder()
                .setPodSandboxId(OneOfOurs.POD)
                .build()
                .toByteArray());
    assertEquals(SERVICE + "StopPodSandbox SHIM NOT_FOUND", next());
  }

  @Test
  void call_thatIsMerged_isOfBoth() throws Exception {
    var _ = client.unary(SERVICE + "ListPodSandbox", new byte[0]);
    assertEquals(SERVICE + "ListPodSandbox BOTH OK", next());
  }

  @Test
  void call_ofAnUnknownMethod_isSeenToo() throws Exception {
    var _ = client.unary("who/Knows", new byte[0]);
    assertEquals("who/Knows CONTAINERD UNIMPLEMENTED", next());
  }

  private String next() throws InterruptedException {
    String call = seen.poll(30, TimeUnit.SECONDS);
    return call == null ? "nothing was seen" : call;
  }
}
