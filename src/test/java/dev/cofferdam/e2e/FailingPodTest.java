package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What can't start says why on the pod's events and leaves nothing behind (which {@link SharedLab}
 * checks).
 */
@EndToEnd
class FailingPodTest {
  private static final String CLASS = "failing";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Cluster cluster;
  private final Lab lab;

  FailingPodTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeEach
  void applyPolicy() {
    cluster.applyPolicy(Policy.named(CLASS));
  }

  @AfterEach
  void deletePods() {
    cluster.deleteAll();
  }

  @Test
  void unknownHandler_isAnsweredByContainerdItself() throws IOException {
    Path pod = lab.directories().root().resolve("unknown-handler.json");
    Files.writeString(
        pod, "{\"metadata\": {\"name\": \"x\", \"namespace\": \"default\", \"uid\": \"x\"}}");

    Result throughUs = crictlRunPod(pod, "$CONTAINER_RUNTIME_ENDPOINT");
    Result direct = crictlRunPod(pod, "$CONTAINERD_ENDPOINT");

    assertFalse(throughUs.ok());
    assertTrue(message(throughUs).contains("nosuch"), throughUs.err());
    assertEquals(message(direct), message(throughUs));
  }

  private Result crictlRunPod(Path pod, String endpoint) {
    return lab.shell()
        .run("sh", "-c", "crictl --runtime-endpoint %s runp -r nosuch %s".formatted(endpoint, pod));
  }

  /** What the runtime answered, without the ID, which is another each time. */
  private static String message(Result result) {
    String answer =
        result.err().lines().filter(line -> line.contains("fatal")).findAny().orElse("");
    return answer.replaceAll("^.*rpc error", "").replaceAll("[0-9a-f]{64}", "SANDBOX");
  }

  @Test
  void missingImage_isNamedInTheEvent() {
    cluster.apply(Pod.named("noimage").runtimeClass(CLASS).image("nosuch/image:1").yaml());
    cluster.awaitEvent("noimage", "nosuch/image:1");
    assertTrue(cluster.events("noimage").contains("not found"), cluster.events("noimage"));
  }

  @Test
  void failingCniPlugin_isNamedInTheEvent() throws IOException {
    Path conflist = lab.directories().etc("cni/net.d/10-lab.conflist");
    String working = Files.readString(conflist);
    // After the bridge, whose work must then be undone.
    Files.writeString(
        conflist,
        working.replace(
            "{\"type\": \"portmap\"",
            "{\"type\": \"tuning\", \"sysctl\": {\"net.ipv4.nosuch\": \"1\"}},\n{\"type\": \"portmap\""));
    try {
      cluster.apply(Pod.named("nonetwork").runtimeClass(CLASS).yaml());
      cluster.awaitEvent("nonetwork", "tuning");
    } finally {
      cluster.delete("pod/nonetwork");
      Files.writeString(conflist, working);
    }
  }

  @Test
  void runscThatExitsAtOnce_isToldWithWhatItSaid() {
    withRunsc("#!/bin/sh\necho runsc is broken on purpose >&2\nexit 3\n", "broken on purpose");
  }

  @Test
  void missingRunsc_isToldWithItsName() {
    withRunsc("", "runsc");
  }

  /** Runs a pod while runsc is another program; blank: while there is none. */
  private void withRunsc(String script, String expected) {
    Path folder = Objects.requireNonNull(lab.runsc().getParent());
    run("mount -t tmpfs tmpfs " + folder);
    try {
      if (!script.isEmpty()) {
        lab.shell()
            .run(
                TIMEOUT,
                script,
                List.of("install", "-m", "755", "/dev/stdin", lab.runsc().toString()))
            .orThrow();
      }
      cluster.apply(Pod.named("norunsc").runtimeClass(CLASS).yaml());
      cluster.awaitEvent("norunsc", expected);
    } finally {
      // Only with runsc back can what was begun be taken down.
      run("umount " + folder);
      cluster.delete("pod/norunsc");
    }
  }

  @Test
  void fullDiskUnderTheStateFolder_isToldAndTheNextPodRunsOnceThereIsRoom() {
    lab.shim().kill();
    run("mount -t tmpfs -o size=256k tmpfs /var/lib/cofferdam");
    try {
      startShim();
      run("dd if=/dev/zero of=/var/lib/cofferdam/filler bs=4k 2>/dev/null || true");
      cluster.apply(Pod.named("nodisk").runtimeClass(CLASS).yaml());
      cluster.awaitEvent("nodisk", "no space left in /var/lib/cofferdam");
      cluster.delete("pod/nodisk");
      assertEquals("", lab.checks().without(this::sandboxFolders));

      run("rm /var/lib/cofferdam/filler");
      // The full disk failed the node's check too, and the next one comes with the next start.
      lab.shim().kill();
      startShim();
      cluster
          .kubectl(
              "wait", "--for=condition=NodesAvailable", "sandboxpolicy/" + CLASS, "--timeout=110s")
          .orThrow();
      cluster.runUntilReady(Pod.named("room").runtimeClass(CLASS));
    } finally {
      cluster.deleteAll();
      // A check's pod would have mounts on that disk.
      int _ =
          lab.checks()
              .without(
                  () -> {
                    lab.shim().kill();
                    return lab.shell().run("umount", "/var/lib/cofferdam").orThrow().exitCode();
                  });
      startShim();
    }
  }

  private String sandboxFolders() {
    return lab.shell().run("ls", "/var/lib/cofferdam/sandboxes").orThrow().out();
  }

  private void run(String script) {
    lab.shell().run("sh", "-c", script).orThrow();
  }

  private void startShim() {
    try {
      lab.shim().start();
    } catch (IOException e) {
      throw new AssertionError("the shim did not start again", e);
    }
  }
}
