package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RuntimeCondition;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StatusRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only what is ours is said: kubelet acts on containerd's own conditions. */
final class RuntimeStatusTest {
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

  private RuntimeCondition onlyCondition() throws Exception {
    List<RuntimeCondition> conditions =
        node.call(RuntimeServiceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance())
            .getStatus()
            .getConditionsList();
    assertEquals(1, conditions.size(), conditions::toString);
    assertEquals(RuntimeStatus.NETWORK_READY, conditions.getFirst().getType());
    return conditions.getFirst();
  }

  @Test
  void status_networkReady_isACondition() throws Exception {
    assertTrue(onlyCondition().getStatus());
  }

  @Test
  void status_networkNotReady_saysWhyAndLeavesTheNodeReady() throws Exception {
    node.host.networkNotReady = Optional.of("CNI plugin bridge is in none of [/opt/cni/bin]");
    RuntimeCondition condition = onlyCondition();
    assertFalse(condition.getStatus());
    assertEquals("CNI plugin bridge is in none of [/opt/cni/bin]", condition.getMessage());
  }
}
