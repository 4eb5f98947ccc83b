package dev.cofferdam.shim.sandboxnode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodeNewsTest {
  private static SandboxNodeStatus status(@Nullable String containerd, String... answers) {
    List<NodeCondition> conditions =
        List.of(answers).stream()
            .map(is -> new NodeCondition("ContainerdAnswers", is, "Why", "it is " + is, null))
            .toList();
    return new SandboxNodeStatus(
        "1", containerd, "6", null, List.of(), List.of(), Map.of(), List.of(), null, conditions);
  }

  @Test
  void anotherContainerd_isNews() {
    assertEquals(
        List.of(
            new NodeNews(
                false,
                "ContainerdReplaced",
                "containerd v2.1 was replaced by containerd v2.2, and checked")),
        NodeNews.of(status("containerd v2.1"), status("containerd v2.2")));
    assertEquals(List.of(), NodeNews.of(status(null), status("containerd v2.2")));
  }

  @Test
  void conditionThatBecomesFalse_isAWarning_andThatItIsOver_isNews() {
    assertEquals(
        List.of(new NodeNews(true, "NotContainerdAnswers", "it is False")),
        NodeNews.of(status("c", "True"), status("c", "False")));
    assertEquals(
        List.of(new NodeNews(false, "ContainerdAnswers", "it is True")),
        NodeNews.of(status("c", "False"), status("c", "True")));
  }

  @Test
  void whatStaysAsItWas_isNoNews() {
    assertEquals(List.of(), NodeNews.of(status("c"), status("c", "True")));
    assertEquals(List.of(), NodeNews.of(status("c", "False"), status("c", "False")));
  }
}
