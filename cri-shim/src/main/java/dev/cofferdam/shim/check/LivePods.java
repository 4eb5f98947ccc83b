package dev.cofferdam.shim.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.ContainerStatsRequest;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStateValue;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.client.CriClient;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what the pods that run cost, as a caller of the shim's socket.
 *
 * @param guest whether pods of a backend's variant have kernels of their own
 */
record LivePods(CriClient client, PodCgroups cgroups, BiPredicate<String, String> guest) {
  private static final Logger LOG = LoggerFactory.getLogger(LivePods.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Pods that begin move their costs about. */
  private static final Duration GROWN_UP = Duration.ofSeconds(30);

  private record Cost(String variant, LiveOverhead overhead) {}

  /** By variant, as {@code gvisor/systrap}; pods of containerd's own are left out. */
  Map<String, LiveOverhead> costs() {
    Map<String, LiveOverhead> costs = new TreeMap<>();
    ListPodSandboxRequest ready =
        ListPodSandboxRequest.newBuilder()
            .setFilter(
                PodSandboxFilter.newBuilder()
                    .setState(
                        PodSandboxStateValue.newBuilder().setState(PodSandboxState.SANDBOX_READY)))
            .build();
    for (PodSandbox pod :
        CheckPod.within(client, Deadline.after(TIMEOUT)).listPodSandbox(ready).getItemsList()) {
      try {
        cost(pod).ifPresent(cost -> costs.merge(cost.variant, cost.overhead, LiveOverhead::and));
      } catch (StatusRuntimeException | SandboxException | JsonProcessingException e) {
        LOG.debug("what pod {} costs is not known: {}", pod.getId(), e.toString()); // it ends
      }
    }
    return costs;
  }

  private Optional<Cost> cost(PodSandbox pod) throws JsonProcessingException {
    PodSandboxStatusResponse status =
        CheckPod.within(client, Deadline.after(TIMEOUT))
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder()
                    .setPodSandboxId(pod.getId())
                    .setVerbose(true)
                    .build());
    JsonNode info = CheckJson.MAPPER.readTree(status.getInfoOrDefault("info", "{}"));
    String cgroup = info.path("cgroup").asText();
    boolean young =
        System.currentTimeMillis() - Duration.ofNanos(pod.getCreatedAt()).toMillis()
            < GROWN_UP.toMillis();
    if (!info.path("backend").isTextual() || cgroup.isEmpty() || young) {
      return Optional.empty();
    }
    long used = 0;
    for (ContainerStatus container : status.getContainersStatusesList()) {
      if (container.getState() == ContainerState.CONTAINER_RUNNING) {
        ContainerStats stats =
            CheckPod.within(client, Deadline.after(TIMEOUT))
                .containerStats(
                    ContainerStatsRequest.newBuilder().setContainerId(container.getId()).build())
                .getStats();
        used += stats.getMemory().getWorkingSetBytes().getValue();
      }
    }
    String backend = info.path("backend").asText();
    String variant = info.path("variant").asText();
    PodReading reading = PodReading.of(cgroups, cgroup);
    // Without kernel memory, which grows with the files that a pod looks at, and shrinks again.
    long beyond = reading.pssBytes() - reading.containersBytes(used, guest.test(backend, variant));
    return Optional.of(new Cost(backend + "/" + variant, new LiveOverhead(1, Math.max(0, beyond))));
  }
}
