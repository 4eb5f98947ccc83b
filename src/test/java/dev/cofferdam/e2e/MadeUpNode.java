package dev.cofferdam.e2e;

import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A Node that no kubelet stands behind, and what a shim there would say, for what one real node
 * can't show. No pod is bound to it: it has a taint that keeps them off.
 */
record MadeUpNode(String name, Map<String, String> labels) {

  /** Applies the Node and an empty SandboxNode. */
  void create(Cluster cluster) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %s, labels: {%s}}
        spec:
          taints: [{key: cofferdam.dev/made-up, effect: NoSchedule}]
        ---
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxNode
        metadata: {name: %s}
        """
            .formatted(
                name,
                labels.entrySet().stream()
                    .map(label -> label.getKey() + ": '" + label.getValue() + "'")
                    .collect(Collectors.joining(", ")),
                name));
  }

  /** Says that gVisor on systrap works there, or why not, and which policies the shim knows. */
  void say(Cluster cluster, String failure, Map<String, SandboxPolicySpec> policies) {
    Map<String, String> acknowledged = new LinkedHashMap<>();
    policies.forEach(
        (policy, spec) -> acknowledged.put(policy, Requirement.acknowledgement(1, spec)));
    String status =
        """
        {"status": {"shimVersion": "made-up", "acknowledged": {%s}, "backends": [{"backend": "gvisor", "variant": "systrap",
        "works": %s, "reason": "%s", "message": "%s", "overhead": {"memoryBytes": 45000000, "cpuMillis": 11}}]}}
        """
            .formatted(
                acknowledged.entrySet().stream()
                    .map(entry -> "\"%s\": \"%s\"".formatted(entry.getKey(), entry.getValue()))
                    .collect(Collectors.joining(", ")),
                failure.isEmpty(),
                failure.isEmpty() ? "Proved" : "Failed",
                failure.isEmpty() ? "ran" : failure);
    cluster
        .kubectl(
            "patch", "sandboxnode/" + name, "--subresource=status", "--type=merge", "-p", status)
        .orThrow();
  }

  void delete(Cluster cluster) {
    cluster.delete("sandboxnode/" + name);
    cluster.delete("node/" + name);
  }
}
