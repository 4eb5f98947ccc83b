package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code cofferdam node} on a node that knows nothing of Cofferdam: a lab with kubelet on
 * containerd. Pods live throughout, and nothing is left. Runs with {@code dev/test --long e2e}.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class NodeInstallTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final int ROUNDS = Integer.getInteger("cofferdam.install.rounds", 20);

  private static final Lab LAB =
      new Lab(
          new LabOptions(
              System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "install",
              SharedLab.REPOSITORY,
              NodeRuntime.CONTAINERD,
              true),
          new Progress(System.err));

  private final Cluster cluster = new Cluster(LAB);

  @BeforeAll
  static void up() {
    LAB.down();
    LAB.up();
  }

  @AfterAll
  static void down() {
    LAB.down();
  }

  @Test
  void installUpgradeDowngradeUninstall_underLivePods_loseNoneAndLeaveNothing() throws Exception {
    LabPayload one = LabPayload.built();
    LabPayload two = one.named("another", LAB.directories().root().resolve("another"));
    LabPayload broken =
        one.named("broken", LAB.directories().root().resolve("broken"))
            .with("bin/runsc", "#!/bin/sh\nexit 3\n");
    cluster.apply(
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: walled}
        handler: gvisor
        """);
    cluster.runUntilReady(counting("plain"));
    for (int round = 0; round < ROUNDS; round++) {
      List<String> before = NodeFiles.of(LAB);

      node(one, "install").orThrow();
      node(one, "status").orThrow();
      assertTrue(Files.readString(LAB.kubeletConfig()).contains("/run/cofferdam/cri.sock"));
      cluster.runUntilReady(counting("walled").runtimeClass("walled"));
      assertTrue(cluster.exec("walled", "dmesg").orThrow().out().contains("gVisor"));

      Result failed = node(broken, "upgrade");
      assertEquals(1, failed.exitCode(), failed::out);
      assertTrue(failed.err().contains("The node is as it was before"), failed::err);
      assertAlive("plain", "walled");

      node(two, "upgrade").orThrow();
      assertAlive("plain", "walled");
      node(one, "upgrade").orThrow();
      assertAlive("plain", "walled");

      Result refused = node(one, "uninstall");
      assertEquals(1, refused.exitCode(), refused::out);
      assertTrue(refused.err().contains("default/walled"), refused::err);
      assertAlive("plain", "walled");

      cluster.delete("pod/walled");
      NodeFiles.awaitNoSandbox(LAB, "walled");
      node(one, "uninstall").orThrow();
      assertAlive("plain");
      assertEquals(before, NodeFiles.of(LAB));
    }
  }

  private static Pod counting(String name) {
    return Pod.named(name).shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done");
  }

  private static Result node(LabPayload payload, String verb) {
    List<String> command = new ArrayList<>();
    command.add(payload.folder().resolve("bin/cofferdam").toString());
    command.addAll(List.of("node", verb, "--patience", "4"));
    command.addAll(List.of("--service-program", LAB.serviceProgram().toString()));
    Result result = LAB.shell().run(TIMEOUT, "", command);
    System.err.println("cofferdam node " + verb + ": " + result.exitCode());
    System.err.println(result.out() + result.err());
    return result;
  }

  /** It was never restarted, and its log has each number once, in order, and grows. */
  private void assertAlive(String... pods) {
    for (String pod : pods) {
      assertEquals("0", cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount"));
      long now = lines(pod).size();
      Awaitility.await("the log of " + pod + " grows")
          .atMost(Duration.ofMinutes(1))
          .until(() -> lines(pod).size() > now + 2);
      List<String> lines = lines(pod);
      for (int i = 0; i < lines.size(); i++) {
        assertEquals(Integer.toString(i + 1), lines.get(i), pod);
      }
      Awaitility.await("kubelet reaches " + pod)
          .atMost(Duration.ofMinutes(1))
          .until(() -> cluster.exec(pod, "true").ok());
    }
  }

  private List<String> lines(String pod) {
    String uid = cluster.get("pod/" + pod, ".metadata.uid");
    Path file =
        LAB.directories()
            .var("log/pods")
            .resolve("default_%s_%s".formatted(pod, uid))
            .resolve("main/0.log");
    try (Stream<String> lines = Files.lines(file)) {
      return lines.map(line -> line.split(" ", 4)[3]).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
