package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.ProbeReason;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.node.BackendProof;
import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.policy.node.SandboxOverhead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What shims say, for tests. */
public final class ExampleNode {
  private final Map<String, String> acknowledged = new TreeMap<>();
  private final List<RunningSandboxes> running = new ArrayList<>();
  private String failure = "";
  private boolean checked = true;
  private long memoryBytes = 50L << 20;
  private List<NodeCondition> conditions = List.of();

  /** Acknowledges a policy. */
  public ExampleNode knows(String name, SandboxPolicySpec spec) {
    acknowledged.put(name, Requirement.acknowledgement(1, spec));
    return this;
  }

  /** Systrap fails there. */
  public ExampleNode failing(String why) {
    failure = why;
    return this;
  }

  /** Its shim has not looked yet. */
  public ExampleNode unchecked() {
    checked = false;
    return this;
  }

  /** Its shim says of this condition that it is not so. */
  public ExampleNode without(String condition, String why) {
    conditions = List.of(new NodeCondition(condition, "False", "Elsewhere", why, null));
    return this;
  }

  /** What a sandbox costs there. */
  public ExampleNode costing(long bytes) {
    memoryBytes = bytes;
    return this;
  }

  /** Sandboxes on systrap run there; of no policy: null. */
  public ExampleNode running(int count, @Nullable String policy) {
    running.add(new RunningSandboxes("gvisor", "systrap", count, policy));
    return this;
  }

  /** Its status: gVisor on systrap, unless failing. */
  public SandboxNodeStatus status() {
    boolean works = failure.isEmpty();
    return new SandboxNodeStatus(
        "0.1.0",
        "2.4.2",
        "6.18",
        null,
        !checked
            ? List.of()
            : List.of(
                new BackendProof(
                    "gvisor",
                    "systrap",
                    works,
                    works ? ProbeReason.PROVED : ProbeReason.FAILED,
                    works ? "Linux 4.4.0" : failure,
                    500L,
                    null,
                    "20260905",
                    new SandboxOverhead(memoryBytes, 12L, 0),
                    600L,
                    null)),
        running,
        acknowledged,
        List.of(),
        null,
        conditions);
  }
}
