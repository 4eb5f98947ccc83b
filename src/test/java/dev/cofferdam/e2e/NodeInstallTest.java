package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.Progress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  private static final Lab LAB = new Lab(OwnLab.bare("install"), new Progress(System.err));

  private final Cluster cluster = new Cluster(LAB);
  private final CountingPods pods = new CountingPods(cluster, Duration.ofMinutes(1));

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
    LabPayload one = LabPayload.built().withoutGuest(LAB.directories().root().resolve("one"));
    LabPayload two = one.named("another", LAB.directories().root().resolve("another"));
    LabPayload broken =
        one.named("broken", LAB.directories().root().resolve("broken"))
            .with("bin/runsc", "#!/bin/sh\nexit 3\n");
    pods.createClass();
    cluster.runUntilReady(CountingPods.named("plain"));
    for (int round = 0; round < ROUNDS; round++) {
      List<String> before = NodeFiles.of(LAB);

      node(one, "install").orThrow();
      node(one, "status").orThrow();
      assertTrue(Files.readString(LAB.kubeletConfig()).contains("/run/cofferdam/cri.sock"));
      pods.runWalled();

      Result failed = node(broken, "upgrade");
      assertEquals(1, failed.exitCode(), failed::out);
      assertTrue(failed.err().contains("The node is as it was before"), failed::err);
      pods.assertAlive("plain", "walled");

      node(two, "upgrade").orThrow();
      pods.assertAlive("plain", "walled");
      node(one, "upgrade").orThrow();
      pods.assertAlive("plain", "walled");

      Result refused = node(one, "uninstall");
      assertEquals(1, refused.exitCode(), refused::out);
      assertTrue(refused.err().contains("default/walled"), refused::err);
      pods.assertAlive("plain", "walled");

      cluster.delete("pod/walled");
      NodeFiles.awaitNoSandbox(LAB, "walled");
      node(one, "uninstall").orThrow();
      pods.assertAlive("plain");
      assertEquals(before, NodeFiles.of(LAB));
    }
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
}
