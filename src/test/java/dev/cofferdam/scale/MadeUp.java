package dev.cofferdam.scale;

import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.nio.charset.StandardCharsets;

/**
 * The objects that are made up. Node n is in pool n modulo the number of policies; policy p selects
 * the nodes of pool p.
 */
final class MadeUp {
  static final String POLICIES = "/apis/cofferdam.dev/v1alpha1/sandboxpolicies";
  static final String SHIMS = "/apis/cofferdam.dev/v1alpha1/sandboxnodes";
  static final String ALL_RULES = "/apis/cofferdam.dev/v1alpha1/sandboxenforcements";
  static final String RULES = ALL_RULES + "/require";
  static final String FLOOR = "scale-floor";
  static final String CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";
  static final String NODES = "/api/v1/nodes";
  static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/cofferdam-system/leases";

  private MadeUp() {}

  static String nodeName(int node) {
    return "scale-%05d".formatted(node);
  }

  static String policyName(int policy) {
    return "scale-%04d".formatted(policy);
  }

  static String node(int node, int pool) {
    return """
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "%s", "labels": {"made-up": "scale", "pool": "scale-%d",
        "topology.kubernetes.io/zone": "zone-%d"}}, "spec": {"unschedulable": true}}
        """
        .formatted(nodeName(node), pool, node % 3);
  }

  static String shim(int node) {
    return """
        {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxNode", "metadata": {"name": "%s"}}
        """
        .formatted(nodeName(node));
  }

  static String lease(int node, String renewTime) {
    return """
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "%s"},
        "spec": {"holderIdentity": "%s", "leaseDurationSeconds": 40, "renewTime": "%s"}}
        """
        .formatted(nodeName(node), nodeName(node), renewTime);
  }

  /** A policy in its n-th version: what it asks of nodes, of pods and of namespaces changes. */
  static String policy(int policy, int version) {
    return """
        {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxPolicy", "metadata": {"name": "%s"}, "spec": %s}
        """
        .formatted(policyName(policy), spec(policy, version));
  }

  static String spec(int policy, int version) {
    // Ten requirements, each with a hundred policies, and one more for each second version.
    return """
        {"isolation": "ApplicationKernel",
        "backends": [{"type": "GVisor", "gVisor": {"platform": "%s"}}, {"type": "MicroVM", "microVM": {"vcpus": %d}}],
        "nodes": {"selector": {"matchLabels": {"pool": "scale-%d"}},
          "tolerations": [{"key": "version-%d", "operator": "Exists"}]},
        "enforcement": {"mode": "Require", "namespaceSelector": {"matchLabels": {"tenant": "scale-%d", "version": "%d"}}}}
        """
        .formatted(
            version % 2 == 0 ? "Auto" : "Systrap",
            policy % 10 + 1,
            policy,
            version,
            policy,
            version);
  }

  static SandboxPolicySpec parsed(int policy, int version) {
    try {
      return PolicyDocument.read(policy(policy, version).getBytes(StandardCharsets.UTF_8)).spec();
    } catch (InvalidPolicyException e) {
      throw new IllegalStateException(e);
    }
  }

  static String acknowledgement(int policy, int version) {
    return "\"%s\": \"%s\""
        .formatted(
            policyName(policy), Requirement.acknowledgement(version + 1L, parsed(policy, version)));
  }

  static String label(int policy, int version) {
    return Requirement.labelOf(parsed(policy, version));
  }

  static String proof(boolean works) {
    return """
        "backends": [{"backend": "gvisor", "variant": "systrap", "works": %s, "reason": "%s", "message": "%s",
          "overhead": {"memoryBytes": 45000000, "cpuMillis": 11}}]
        """
        .formatted(works, works ? "Proved" : "Failed", works ? "ran" : "runsc: no such file");
  }
}
