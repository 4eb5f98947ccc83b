package dev.cofferdam.chaos;

import dev.cofferdam.cri.v1.ContainerStatsRequest;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.ListContainerStatsRequest;
import dev.cofferdam.cri.v1.ListPodSandboxStatsRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.ReopenContainerLogRequest;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.UpdateContainerResourcesRequest;
import dev.cofferdam.lab.Command;
import dev.cofferdam.lab.Lab;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Each {@link Operation}, as kubelet and its users do it. */
final class Operations {
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);

  /** With the transport, the sandbox and a free port as arguments. */
  private static final String PORT_FORWARD =
      """
      timeout 30 crictl port-forward --transport "$1" "$2" "$3:8080" > /dev/null 2>&1 &
      forward=$!
      trap 'kill $forward 2> /dev/null' EXIT
      tries=0
      until curl -fsS "http://127.0.0.1:$3/token" 2> /dev/null; do
        kill -0 $forward 2> /dev/null || exit 1
        tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1
        sleep 0.05
      done
      """;

  private static final int FIRST_PORT = 18000;

  private final Lab lab;
  private final Cri cri;
  private final NodeAgent agent;
  private final AtomicInteger numbers = new AtomicInteger();

  Operations(Lab lab, Cri cri, NodeAgent agent) {
    this.lab = lab;
    this.cri = cri;
    this.agent = agent;
  }

  /** A pod that is not there can only be run. */
  void perform(ChaosPod pod, Operation operation, int way) {
    if (!pod.runs()) {
      agent.run(pod);
      return;
    }
    switch (operation) {
      case RUN, EXEC -> agent.persist("exec in", pod, () -> agent.identify(pod));
      case REMOVE -> agent.remove(pod, way % 3);
      case RESTART_CONTAINER -> agent.restartContainer(pod);
      case REOPEN_LOG -> agent.persist("reopen the log of", pod, () -> reopenLog(pod));
      case LOOK -> agent.persist("look at", pod, () -> look(pod));
      case UPDATE -> agent.persist("update", pod, () -> update(pod));
      case PORT_FORWARD -> agent.persist("connect to a port of", pod, () -> portForward(pod, way));
    }
  }

  /** As kubelet rotates: move the log away, have it opened anew, else move it back. */
  boolean reopenLog(ChaosPod pod) {
    Path folder = logs(pod);
    Path log = folder.resolve(pod.containerConfig().getLogPath());
    Path rotated = folder.resolve(log.getFileName() + ".%06d".formatted(numbers.incrementAndGet()));
    boolean moved = Files.exists(log);
    try {
      if (moved) {
        Files.move(log, rotated);
      }
      try {
        var _ =
            cri.once()
                .reopenContainerLog(
                    ReopenContainerLogRequest.newBuilder().setContainerId(pod.containerId).build());
      } catch (StatusRuntimeException e) {
        // kubelet does so without looking. Where the shim was killed between its reopening and its
        // answer that loses what came in that instant; no shim can help that.
        if (moved && !Files.exists(log)) {
          Files.move(rotated, log);
        }
        throw e;
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path logs(ChaosPod pod) {
    return lab.directories().var("log/pods").resolve(pod.uid());
  }

  private boolean look(ChaosPod pod) {
    var _ = cri.once().status(StatusRequest.newBuilder().setVerbose(true).build());
    var _ =
        cri.once()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder()
                    .setPodSandboxId(pod.sandboxId)
                    .setVerbose(true)
                    .build());
    var _ =
        cri.once()
            .containerStats(
                ContainerStatsRequest.newBuilder().setContainerId(pod.containerId).build());
    var _ = cri.once().listContainerStats(ListContainerStatsRequest.getDefaultInstance());
    var _ = cri.once().listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance());
    var _ = agent.status(pod.containerId);
    return true;
  }

  private boolean update(ChaosPod pod) {
    try {
      var _ =
          cri.once()
              .updateContainerResources(
                  UpdateContainerResourcesRequest.newBuilder()
                      .setContainerId(pod.containerId)
                      .setLinux(LinuxContainerResources.newBuilder().setCpuShares(512))
                      .build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw e;
      }
    }
    return true;
  }

  private boolean portForward(ChaosPod pod, int way) {
    String port = Integer.toString(FIRST_PORT + numbers.incrementAndGet() % 1000);
    String transport = way % 2 == 0 ? "spdy" : "websocket";
    Command.Result result =
        lab.shell()
            .run(
                COMMAND_TIMEOUT,
                "",
                List.of("sh", "-c", PORT_FORWARD, "sh", transport, pod.sandboxId, port));
    if (!result.ok()) {
      return false;
    }
    if (!pod.identity.startsWith(result.out().strip())) {
      throw new AssertionError("the port of " + pod + " leads to " + result.out());
    }
    return true;
  }
}
