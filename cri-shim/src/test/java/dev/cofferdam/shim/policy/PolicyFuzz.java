package dev.cofferdam.shim.policy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import dev.cofferdam.shim.kube.ApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** Policies and kubeconfigs that somebody typed. */
class PolicyFuzz {
  private Path file = Path.of("/nonexistent");

  @BeforeTry
  void make() throws IOException {
    file = Files.createTempFile("kubeconfig", ".yaml");
  }

  @AfterTry
  void remove() throws IOException {
    Files.deleteIfExists(file);
  }

  @Provide
  Arbitrary<byte[]> policies() {
    return Mutations.of(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: untrusted, generation: 3}
        spec:
          isolation: ApplicationKernel
          backends:
          - type: GVisor
            gVisor: {platform: Auto, network: Sandbox}
          nodes:
            selector: {matchLabels: {pool: sandbox}}
            tolerations: []
        """,
        """
        {"apiVersion":"cofferdam.dev/v1alpha1","kind":"SandboxPolicy","metadata":{"name":"a"},\
        "spec":{"isolation":"Development","backends":[{"type":"GVisor"}]}}""");
  }

  @Provide
  Arbitrary<byte[]> kubeconfigs() {
    return Mutations.of(
        """
        apiVersion: v1
        kind: Config
        current-context: node
        contexts:
        - {name: node, context: {cluster: lab, user: shim}}
        clusters:
        - {name: lab, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: ""}}
        users:
        - {name: shim, user: {token: abc}}
        """);
  }

  @Fuzz
  void policy_isReadOrRefusedWithAReason(@ForAll("policies") byte[] text) {
    try {
      assertTrue(PolicyDocument.read(text).name().matches("[a-z0-9][-a-z0-9]*"));
    } catch (InvalidPolicyException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }

  @Fuzz
  void kubeconfig_isReadOrRefused(@ForAll("kubeconfigs") byte[] text) throws IOException {
    Files.write(file, text);
    try {
      assertTrue(ApiServer.of(file).address().isAbsolute());
    } catch (IOException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }
}
