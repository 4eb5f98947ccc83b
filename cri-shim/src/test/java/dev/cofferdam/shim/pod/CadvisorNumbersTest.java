package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.ListMetricDescriptorsRequest;
import dev.cofferdam.cri.v1.ListPodSandboxMetricsRequest;
import dev.cofferdam.cri.v1.Metric;
import dev.cofferdam.cri.v1.PodSandboxMetrics;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StreamPodSandboxMetricsRequest;
import dev.cofferdam.shim.metrics.Exposition;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CadvisorNumbersTest {
  @TempDir Path root;
  private TestNode node;
  private String pod;
  private String container;

  @BeforeEach
  void startPod() throws Exception {
    node = new TestNode(root).started();
    pod = node.run(node.pod("web"));
    ContainerConfig config =
        TestNode.container("app", "sleep 1000").toBuilder()
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(
                        LinuxContainerResources.newBuilder()
                            .setCpuPeriod(100_000)
                            .setCpuQuota(50_000)
                            .setMemoryLimitInBytes(64 << 20)))
            .build();
    container = node.create(pod, config);
    var _ =
        node.call(
            RuntimeServiceGrpc.getStartContainerMethod(),
            StartContainerRequest.newBuilder().setContainerId(container).build());
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void metrics_ofAContainer_carryContainerdsLabels() throws Exception {
    PodSandboxMetrics metrics = list().getFirst();
    assertEquals(pod, metrics.getPodSandboxId());
    assertEquals(container, metrics.getContainerMetrics(0).getContainerId());
    Metric memory = metric(metrics, "container_memory_working_set_bytes");
    assertEquals(
        List.of("web", "default", "app", container), memory.getLabelValuesList().subList(0, 4));
    assertEquals(
        64 << 20, metric(metrics, "container_spec_memory_limit_bytes").getValue().getValue());
    assertEquals(50_000, metric(metrics, "container_spec_cpu_quota").getValue().getValue());
    assertEquals(0, metric(metrics, "container_oom_events_total").getValue().getValue());
    long started = metric(metrics, "container_start_time_seconds").getValue().getValue();
    assertEquals(node.status(container).getStartedAt() / 1_000_000_000, started);
  }

  @Test
  void metrics_streamed_areTheSamePods() throws Exception {
    List<PodSandboxMetrics> streamed =
        node.call(
                RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(),
                StreamPodSandboxMetricsRequest.getDefaultInstance())
            .getPodSandboxMetricsList();
    assertEquals(List.of(pod), streamed.stream().map(PodSandboxMetrics::getPodSandboxId).toList());
  }

  @Test
  void metrics_ofAStoppedPod_areNone() throws Exception {
    node.stop(pod);
    assertEquals(List.of(), list());
  }

  @Test
  void descriptors_areThoseThatContainerdLacks() throws Exception {
    assertEquals(
        "container_spec_cpu_quota",
        node.call(
                RuntimeServiceGrpc.getListMetricDescriptorsMethod(),
                ListMetricDescriptorsRequest.getDefaultInstance())
            .getDescriptors(0)
            .getName());
  }

  @Test
  void page_ofCadvisor_hasNamespacePodAndContainer() {
    StringBuilder text = new StringBuilder();
    node.runtime.cadvisor().write(new Exposition(text));
    assertTrue(
        text.toString()
            .lines()
            .anyMatch(
                line ->
                    line.startsWith("container_cpu_usage_seconds_total{container=\"app\",id=\"")
                        && line.contains("name=\"" + container + "\"")
                        && line.contains("namespace=\"default\",pod=\"web\"")),
        text.toString());
  }

  private List<PodSandboxMetrics> list() throws Exception {
    return node.call(
            RuntimeServiceGrpc.getListPodSandboxMetricsMethod(),
            ListPodSandboxMetricsRequest.getDefaultInstance())
        .getPodMetricsList();
  }

  private static Metric metric(PodSandboxMetrics pod, String name) {
    return pod.getContainerMetrics(0).getMetricsList().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + pod));
  }
}
