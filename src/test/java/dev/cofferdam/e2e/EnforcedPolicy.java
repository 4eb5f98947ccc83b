package dev.cofferdam.e2e;

import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.nio.charset.StandardCharsets;

/**
 * A policy for gVisor that asks something of the namespaces with the label {@code held-to: <name>}.
 *
 * @param pool nodes with the label {@code pool} of this value; blank for all
 */
record EnforcedPolicy(String name, String mode, String pool) {

  String yaml() {
    return """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec:
          isolation: ApplicationKernel
          backends: [{type: GVisor}]
          %s
          enforcement: {mode: %s, namespaceSelector: {matchLabels: {held-to: %s}}}
        """
        .formatted(
            name,
            pool.isEmpty() ? "" : "nodes: {selector: {matchLabels: {pool: " + pool + "}}}",
            mode,
            name);
  }

  /** As the operator reads it. */
  SandboxPolicySpec spec() {
    try {
      return PolicyDocument.read(yaml().getBytes(StandardCharsets.UTF_8)).spec();
    } catch (InvalidPolicyException e) {
      throw new AssertionError(e);
    }
  }
}
