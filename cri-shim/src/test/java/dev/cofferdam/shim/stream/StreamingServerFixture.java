package dev.cofferdam.shim.stream;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.PortForwardRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A running server with small limits, and requests as kubelet makes them. */
final class StreamingServerFixture implements AutoCloseable {
  static final StreamSettings SETTINGS = settings(300, Duration.ofMinutes(1));

  static StreamSettings settings(int connections) {
    return settings(connections, Duration.ofMinutes(1));
  }

  static StreamSettings idleAfterOneSecond() {
    return settings(300, Duration.ofSeconds(1));
  }

  private static StreamSettings settings(int connections, Duration idle) {
    return new StreamSettings(
        InetAddress.getLoopbackAddress(),
        0,
        Duration.ofMinutes(1),
        1000,
        connections,
        50,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        idle,
        Duration.ofMillis(300),
        Duration.ofMillis(300),
        64 * 1024,
        1024 * 1024,
        20);
  }

  final StreamingServer server = new StreamingServer(SETTINGS);
  final BlockingQueue<ScriptedProcess> started = new LinkedBlockingQueue<>();

  StreamingServerFixture() {
    try {
      server.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  URI exec(boolean stdin, boolean terminal, ScriptedProcess.Program program) {
    ExecRequest request =
        ExecRequest.newBuilder()
            .setContainerId("container")
            .setStdin(stdin)
            .setStdout(true)
            .setStderr(!terminal)
            .setTty(terminal)
            .build();
    return server.exec(
        request,
        () -> {
          ScriptedProcess process = new ScriptedProcess(program);
          started.add(process);
          return process;
        });
  }

  URI attach(AttachTarget target) {
    return server.attach(
        AttachRequest.newBuilder().setContainerId("container").setStdout(true).build(), target);
  }

  URI portForward(List<Integer> ports, PortForwardTarget target) {
    return server.portForward(
        PortForwardRequest.newBuilder().setPodSandboxId("pod").addAllPort(ports).build(), target);
  }

  ScriptedProcess process() throws InterruptedException {
    ScriptedProcess process = started.poll(10, TimeUnit.SECONDS);
    if (process == null) {
      throw new AssertionError("no process was started within 10 s");
    }
    return process;
  }

  @Override
  public void close() {
    server.close();
  }
}
