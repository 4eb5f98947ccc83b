package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The operator dies at any moment of a run of changes, and what comes of it is right all the same.
 */
@Tag("scale") // In a lab of its own: a pod that is replaced leaves the shared one different from
// before.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorKilledTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final int KILLS = Boolean.getBoolean("cofferdam.long") ? 100 : 5;
  private static final int POLICIES = 6;
  private static final long SEED = Long.getLong("cofferdam.seed", 20261123);

  private final Lab lab =
      new Lab(
          new LabOptions(
              System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
              SharedLab.REPOSITORY,
              LabOptions.NodeRuntime.SHIM,
              true),
          new Progress(System.err));
  private final Cluster cluster = new Cluster(lab);
  private final Random random = new Random(SEED);

  @BeforeAll
  void up() {
    lab.down();
    lab.up();
  }

  @AfterAll
  void down() {
    lab.down();
  }

  @Test
  void killedAtRandomInstants_endsInTheRightState() {
    Set<String> there = new TreeSet<>();
    int version = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      int changes = 1 + random.nextInt(4);
      for (int i = 0; i < changes; i++) {
        version++;
        String name = "killed-" + random.nextInt(POLICIES);
        if (random.nextInt(4) == 0) {
          cluster.delete("sandboxpolicy/" + name);
          there.remove(name);
        } else {
          cluster.apply(policy(name, version));
          there.add(name);
        }
        // Half of the kills come in the midst of what a change sets off.
        if (i == changes / 2) {
          cluster
              .kubectl(
                  "delete",
                  "pods",
                  "-n",
                  "cofferdam-system",
                  "-l",
                  "app.kubernetes.io/component=operator",
                  "--grace-period=0",
                  "--force")
              .orThrow();
        }
      }
    }
    for (String name : there) {
      String expected = cluster.get("sandboxpolicy/" + name, ".spec.nodes.tolerations[0].key");
      await(
          "runtimeclass/" + name + " follows",
          () -> cluster.get("runtimeclass/" + name, ".scheduling.tolerations[0].key"),
          expected);
      await(
          "status of " + name,
          () -> cluster.get("sandboxpolicy/" + name, ".status.observedGeneration"),
          cluster.get("sandboxpolicy/" + name, ".metadata.generation"));
    }
    String names = String.join(" ", there);
    await("classes", () -> named("runtimeclasses", ".items[*].metadata.name"), names);
    await("rules", () -> named("sandboxenforcement/require", ".spec.rules[*].policy"), names);
    assertEquals(names, named("sandboxpolicies", ".items[*].metadata.name"));
  }

  private static String policy(String name, int version) {
    return """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec:
          isolation: ApplicationKernel
          backends: [{type: GVisor}]
          nodes: {tolerations: [{key: version-%d, operator: Exists}]}
          enforcement: {mode: Require, namespaceSelector: {matchLabels: {held-to: nobody}}}
        """
        .formatted(name, version);
  }

  private String named(String what, String path) {
    String all = cluster.kubectl("get", what, "-o", "jsonpath={" + path + "}").orThrow().out();
    Set<String> ours = new TreeSet<>(List.of(all.split(" ", -1)));
    ours.removeIf(name -> !name.startsWith("killed-"));
    return String.join(" ", ours);
  }

  private static void await(String what, Callable<String> actual, String expected) {
    Awaitility.await(what)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(actual, expected::equals);
  }
}
