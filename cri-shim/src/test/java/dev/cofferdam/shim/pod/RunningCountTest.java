package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.node.RunningSandboxes;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningCountTest {

  @Test
  void sandboxes_areCountedByPolicyAndVariant_stoppedOnesNot(@TempDir Path root) throws Exception {
    try (TestNode node = new TestNode(root).started()) {
      node.run(node.pod("a"));
      node.run(node.pod("b"), TestNode.POLICY_HANDLER);
      node.run(node.pod("d"), TestNode.POLICY_HANDLER);
      node.stop(node.run(node.pod("c")));
      assertEquals(
          List.of(
              new RunningSandboxes("fake", "plain", 1, null),
              new RunningSandboxes("fake", "plain", 2, "team")),
          node.runtime.runningSandboxes());
    }
  }
}
