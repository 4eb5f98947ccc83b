package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.metrics.Exposition;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodMetricsTest {
  @TempDir Path root;
  private TestNode node;

  @BeforeEach
  void startNode() {
    node = new TestNode(root).started();
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void pods_areCountedByBackendAndPhase() throws Exception {
    String pod = node.run(node.pod("a"));
    node.startNew(pod, "app", "sleep 1000");
    node.stop(node.run(node.pod("b")));
    assertSays("cofferdam_pods_ready 1");
    assertSays("cofferdam_sandboxes{backend=\"fake\",variant=\"plain\",state=\"ready\"} 1");
    assertSays("cofferdam_sandboxes{backend=\"fake\",variant=\"plain\",state=\"stopped\"} 1");
    assertSays("cofferdam_containers{backend=\"fake\",state=\"running\"} 1");
  }

  @Test
  void start_isTimedStepByStep() throws Exception {
    node.run(node.pod("a"));
    assertSays(
        "cofferdam_pod_start_seconds_count{backend=\"fake\",variant=\"plain\",result=\"ok\"} 1");
    assertSays(
        "cofferdam_pod_start_step_seconds_count{step=\"start the sandbox\",result=\"ok\"} 1");
  }

  @Test
  void start_thatFails_isCountedAsFailed() {
    node.fake().failNext("create", new SandboxException(ErrorCode.PROGRAM_FAILED, "no"));
    assertThrows(SandboxException.class, () -> node.run(node.pod("a")));
    assertSays(
        "cofferdam_pod_start_seconds_count{backend=\"fake\",variant=\"plain\",result=\"failed\"} 1");
    assertSays(
        "cofferdam_pod_start_step_seconds_count{step=\"start the sandbox\",result=\"failed\"} 1");
  }

  private void assertSays(String line) {
    StringBuilder text = new StringBuilder();
    node.runtime.metrics().write(new Exposition(text));
    assertTrue(text.toString().lines().anyMatch(line::equals), text.toString());
  }
}
