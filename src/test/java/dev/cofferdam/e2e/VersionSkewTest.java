package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The version before and this one take turns on one node, each killed with -9: they read each
 * other's state and use each other's keeper, and no pod notices.
 */
@EndToEnd
class VersionSkewTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final Lab lab;

  VersionSkewTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @Test
  void versionBeforeAndThisOne_takeTurns_podsLive() throws IOException {
    assumeTrue(lab.shim().hasPrevious(), "the clone's history is too short to build it");
    cluster.applyPolicy(Policy.named("skewed").withFixedOverhead());
    lab.shim().stop();
    lab.shim().endKeeper();
    lab.shim().startPrevious();
    awaitKubelet();
    run("of-previous");
    String ofPrevious = insideOf("of-previous");

    lab.shim().kill();
    lab.shim().start();
    awaitKubelet();
    assertEquals(ofPrevious, insideOf("of-previous"));
    assertGoesOn("of-previous");
    run("of-this");
    String ofThis = insideOf("of-this");

    lab.shim().kill();
    lab.shim().awaitRefused();
    lab.shim().startPrevious();
    awaitKubelet();
    assertEquals(
        List.of(ofPrevious, ofThis), List.of(insideOf("of-previous"), insideOf("of-this")));
    assertGoesOn("of-previous");
    assertGoesOn("of-this");
    // The one before ends what this one began, and the other way round.
    cluster.delete("pod/of-this");

    lab.shim().kill();
    lab.shim().start();
    awaitKubelet();
    assertEquals(ofPrevious, insideOf("of-previous"));
    assertGoesOn("of-previous");
    cluster.delete("pod/of-previous");

    // With a keeper of this version, which the one before has to get on with.
    lab.shim().stop();
    lab.shim().endKeeper();
    lab.shim().start();
    awaitKubelet();
    run("with-new-keeper");
    String withNewKeeper = insideOf("with-new-keeper");
    lab.shim().kill();
    lab.shim().awaitRefused();
    lab.shim().startPrevious();
    awaitKubelet();
    assertEquals(withNewKeeper, insideOf("with-new-keeper"));
    assertGoesOn("with-new-keeper");
    lab.shim().kill();
    lab.shim().start();
    awaitKubelet();
    assertEquals(withNewKeeper, insideOf("with-new-keeper"));
    assertGoesOn("with-new-keeper");
  }

  @AfterEach
  void bringThisVersionBack() throws IOException {
    lab.shim().kill();
    lab.shim().start();
    awaitKubelet();
  }

  private void run(String pod) {
    cluster.runUntilReady(
        Pod.named(pod)
            .runtimeClass("skewed")
            .shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done"));
  }

  private void awaitKubelet() {
    Awaitility.await("the node is ready")
        .atMost(TIMEOUT)
        .until(
            () ->
                lab.shell().run("crictl", "pods").ok()
                    && cluster
                        .get("nodes", ".items[0].status.conditions[?(@.type=='Ready')].status")
                        .equals("True"));
  }

  /** When the first process began, as it sees it. */
  private String insideOf(String pod) {
    Awaitility.await("kubelet has found the shim again")
        .atMost(TIMEOUT)
        .until(() -> cluster.exec(pod, "true").ok());
    assertEquals("0", cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount"));
    return cluster.exec(pod, "cut", "-d ", "-f22", "/proc/1/stat").orThrow().out();
  }

  /** Its log grows, and has each number once, in order. */
  private void assertGoesOn(String pod) {
    long now = lines(pod).size();
    Awaitility.await("the log of " + pod + " grows")
        .atMost(TIMEOUT)
        .until(() -> lines(pod).size() > now + 2);
    List<String> lines = lines(pod);
    for (int i = 0; i < lines.size(); i++) {
      assertEquals(Integer.toString(i + 1), lines.get(i));
    }
  }

  private List<String> lines(String pod) {
    String uid = cluster.get("pod/" + pod, ".metadata.uid");
    Path file =
        lab.directories()
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
