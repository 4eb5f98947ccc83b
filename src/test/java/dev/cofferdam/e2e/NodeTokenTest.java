package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The token of a node's shim, bound to its Node, is good for what is that node's and nothing else.
 */
@EndToEnd
class NodeTokenTest {
  private static final String NAMESPACE = "cofferdam-system";

  private final Cluster cluster;

  NodeTokenTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void boundToken_writesItsOwnNodesObjectsAndNoOthers() {
    MadeUpNode mine = new MadeUpNode("made-up-mine", Map.of());
    MadeUpNode other = new MadeUpNode("made-up-other", Map.of());
    mine.create(cluster);
    other.create(cluster);
    try {
      String token = token(mine.name());
      put(token, mine).orThrow();
      assertRefused(put(token, other), "may not write sandboxnodes");

      create(token, lease(mine)).orThrow();
      assertRefused(create(token, lease(other)), "may not write leases");

      request(token, mine.name()).orThrow();
      assertRefused(request(token, other.name()), "only for tokens that are bound to this Node");
      assertRefused(request(token, ""), "only for tokens that are bound to this Node");
    } finally {
      cluster.kubectl("delete", "lease", mine.name(), "-n", NAMESPACE, "--ignore-not-found");
      mine.delete(cluster);
      other.delete(cluster);
    }
  }

  @Test
  void unboundToken_writesNothing() {
    String token =
        cluster.kubectl("create", "token", "cofferdam-node", "-n", NAMESPACE).orThrow().out();
    MadeUpNode node = new MadeUpNode("made-up-unbound", Map.of());
    assertRefused(create(token.strip(), lease(node)), "must be bound to its Node");
  }

  private static void assertRefused(Result result, String why) {
    assertFalse(result.ok());
    assertTrue(result.err().contains(why), result.err());
  }

  private String token(String node) {
    return cluster
        .kubectl(
            "create",
            "token",
            "cofferdam-node",
            "-n",
            NAMESPACE,
            "--bound-object-kind=Node",
            "--bound-object-name=" + node,
            "--bound-object-uid=" + cluster.get("node/" + node, ".metadata.uid"))
        .orThrow()
        .out()
        .strip();
  }

  private Result request(String token, String node) {
    List<String> command =
        new ArrayList<>(
            List.of("create", "token", "cofferdam-node", "-n", NAMESPACE, "--duration=10m"));
    if (!node.isEmpty()) {
      command.add("--bound-object-kind=Node");
      command.add("--bound-object-name=" + node);
      command.add("--bound-object-uid=" + cluster.get("node/" + node, ".metadata.uid"));
    }
    return as(token, "", command);
  }

  // Whole, by PUT, as the shim writes it.
  private Result put(String token, MadeUpNode node) {
    String version = cluster.get("sandboxnode/" + node.name(), ".metadata.resourceVersion");
    String json =
        """
        {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxNode", "metadata": {"name": "%s", "resourceVersion": "%s"},
        "status": {"shimVersion": "by-token"}}
        """
            .formatted(node.name(), version);
    return as(
        token,
        json,
        List.of(
            "replace",
            "--raw",
            "/apis/cofferdam.dev/v1alpha1/sandboxnodes/" + node.name() + "/status",
            "-f",
            "-"));
  }

  private Result create(String token, String yaml) {
    return as(token, yaml, List.of("create", "--validate=false", "-f", "-"));
  }

  private static String lease(MadeUpNode node) {
    return "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: %s, namespace: %s}, spec: {holderIdentity: a}}"
        .formatted(node.name(), NAMESPACE);
  }

  // The administrator's certificate would count before the token.
  private Result as(String token, String input, List<String> command) {
    List<String> whole =
        new ArrayList<>(
            List.of(
                "--kubeconfig=/dev/null",
                "--server=" + view(".clusters[0].cluster.server"),
                "--certificate-authority=" + view(".clusters[0].cluster.certificate-authority"),
                "--token=" + token));
    whole.addAll(command);
    return cluster.kubectlWithInput(input, whole.toArray(String[]::new));
  }

  private String view(String path) {
    return cluster.kubectl("config", "view", "-o", "jsonpath={" + path + "}").orThrow().out();
  }
}
