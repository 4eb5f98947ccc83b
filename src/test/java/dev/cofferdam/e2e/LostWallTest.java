package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real node whose wall breaks, and one whose API server hangs. */
@EndToEnd
class LostWallTest {
  /** Two looks at the backends' programs, a check that fails twice, and what the operator does. */
  private static final Duration TOLD = Duration.ofMinutes(3);

  private static final String CLASS = "breakable";
  private static final String LABEL = "cofferdam.node-restriction.kubernetes.io/";
  private static final String SYSTRAP = ".status.backends[?(@.variant==\"systrap\")].";

  private final Cluster cluster;
  private final Lab lab;

  LostWallTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void applyPolicy(Cluster cluster) {
    cluster.applyPolicy(Policy.named(CLASS));
  }

  private String told(String jsonPath) {
    return cluster.get("sandboxnode/" + lab.nodeName(), jsonPath);
  }

  private boolean labelled() {
    return cluster.get("node/" + lab.nodeName(), ".metadata.labels").contains(LABEL);
  }

  private String available(String field) {
    return cluster.get(
        "sandboxpolicy/" + CLASS, ".status.conditions[?(@.type==\"NodesAvailable\")]." + field);
  }

  private Result explain(String... more) {
    List<String> command = new ArrayList<>(List.of("cofferdam", "explain", CLASS));
    command.addAll(List.of(more));
    return lab.shell().run(command.toArray(String[]::new));
  }

  private static void await(Runnable holds) {
    Awaitility.await().atMost(TOLD).pollInterval(Duration.ofMillis(500)).untilAsserted(holds::run);
  }

  @Test
  void runscThatIsGone_takesProofAndLabelAway_andBringsThemBackWhenItIsThereAgain() {
    await(() -> assertTrue(labelled()));
    assertEquals("True", available("status"));
    Result placed = explain();
    assertTrue(placed.out().contains("gvisor/systrap"), placed.out() + placed.err());

    Path folder = Objects.requireNonNull(lab.runsc().getParent());
    lab.shell().run("mount", "-t", "tmpfs", "tmpfs", folder.toString()).orThrow();
    try {
      await(() -> assertEquals("NotInstalled", told(SYSTRAP + "reason")));
      await(() -> assertTrue(!labelled()));
      await(() -> assertEquals("NoEligibleNode", available("reason")));
      String message = available("message");
      assertTrue(message.contains("cannot run runsc"), message);
      for (Result refused : List.of(explain(), explain("--node", lab.nodeName()))) {
        assertEquals(1, refused.exitCode());
        assertTrue(refused.out().contains("cannot run runsc"), refused.out() + refused.err());
      }
    } finally {
      lab.shell().run("umount", folder.toString()).orThrow();
    }
    await(() -> assertEquals("true", told(SYSTRAP + "works")));
    await(() -> assertTrue(labelled()));
    await(() -> assertEquals("True", available("status")));
    for (Result back : List.of(explain(), explain("--node", lab.nodeName()))) {
      assertEquals(0, back.exitCode());
      assertTrue(back.out().contains("gvisor/systrap"), back.out() + back.err());
    }
  }

  @Test
  void apiServerThatHangs_holdsUpNoPod() throws IOException {
    Path pod = lab.directories().root().resolve("away.json");
    Files.writeString(
        pod, "{\"metadata\": {\"name\": \"away\", \"namespace\": \"default\", \"uid\": \"away\"}}");
    String apiServer =
        lab.processIds().stream()
            .filter(id -> lab.programName(id).equals("kube-apiserver"))
            .findFirst()
            .orElseThrow()
            .toString();
    lab.shell().run("kill", "-STOP", apiServer).orThrow();
    try {
      Result made = lab.shell().run("crictl", "runp", "-r", "cofferdam-" + CLASS, pod.toString());
      assertTrue(made.ok(), made.err());
      // kubelet may be quicker: it does not know this pod.
      var _ = lab.shell().run("crictl", "rmp", "-f", made.out().strip());
    } finally {
      lab.shell().run("kill", "-CONT", apiServer).orThrow();
    }
  }
}
