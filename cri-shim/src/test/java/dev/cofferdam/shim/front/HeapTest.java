package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One caller against a shim with the heap that it has on a node, in a JVM of its own. */
class HeapTest {
  private static final String VERSION = "runtime.v1.RuntimeService/Version";
  private static final String LARGE = "runtime.v1.RuntimeService/ListContainers";
  private static final int LIMIT = 16 << 20;

  @TempDir Path folder;
  private FakeContainerd containerd;
  private Process shim;

  /** What runs in the other JVM. */
  static final class OnlyTheFront {
    private OnlyTheFront() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      try (CriServer server =
          new CriServer(
              Path.of(arguments[0]),
              Path.of(arguments[1]),
              Ownership.none(),
              List.of(),
              FrontSettings.defaults())) {
        server.start();
        // Until the test's end closes the pipe: a test that dies leaves no process behind.
        System.in.transferTo(OutputStream.nullOutputStream());
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    containerd = new FakeContainerd(folder.resolve("containerd.sock")).start();
    containerd.unary(VERSION, request -> request);
    containerd.unary(LARGE, request -> new byte[LIMIT]);
    containerd.unary("echo.S/Echo", request -> request);
    Path socket = folder.resolve("cri.sock");
    shim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-XX:+UseCompactObjectHeaders",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                OnlyTheFront.class.getName(),
                socket.toString(),
                containerd.socket.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              assertTrue(shim.isAlive(), () -> "the shim ended: " + log());
              return Files.exists(socket);
            });
  }

  @AfterEach
  void stop() throws IOException, InterruptedException {
    shim.getOutputStream().close();
    if (!shim.waitFor(20, TimeUnit.SECONDS)) {
      shim.destroyForcibly();
    }
    containerd.close();
  }

  @Test
  void largeCalls_farMoreThanTheHeap_failAloneAndTheRestPasses() {
    byte[] large = new byte[LIMIT];
    try (RawClient hog = new RawClient(folder.resolve("cri.sock"));
        RawClient other = new RawClient(folder.resolve("cri.sock"))) {
      for (int round = 0; round < 3; round++) {
        List<RawClient.Call> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
          calls.add(hog.send("echo.S/Echo", large));
          calls.add(hog.send(LARGE, new byte[0]));
          assertArrayEquals(new byte[7], other.unary(VERSION, new byte[7]).message());
        }
        Map<Status.Code, Integer> codes = new EnumMap<>(Status.Code.class);
        calls.forEach(call -> codes.merge(call.answer().status().getCode(), 1, Integer::sum));
        codes.remove(Status.Code.OK);
        codes.remove(Status.Code.RESOURCE_EXHAUSTED);
        assertEquals(Map.of(), codes, this::log);
        assertTrue(shim.isAlive(), this::log);
      }
      assertArrayEquals(large, other.unary("echo.S/Echo", large).message(), this::log);
      assertTrue(!log().contains("OutOfMemory"), this::log);
    }
  }

  @Test
  void largeAnswers_neverRead_leaveRoomForOthers() {
    try (RawClient hog = new RawClient(folder.resolve("cri.sock"));
        RawClient other = new RawClient(folder.resolve("cri.sock"))) {
      for (int i = 0; i < 20; i++) {
        RawClient.Call call = hog.open(LARGE, new Metadata(), CallOptions.DEFAULT, false);
        call.call.sendMessage(new byte[0]);
        call.call.halfClose();
      }
      for (int i = 0; i < 50; i++) {
        assertArrayEquals(new byte[7], other.unary(VERSION, new byte[7]).message());
      }
      assertEquals(LIMIT, other.unary(LARGE, new byte[0]).message().length, this::log);
      assertTrue(!log().contains("OutOfMemory"), this::log);
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
