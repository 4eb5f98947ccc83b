package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The shim is killed with -9 and a new one started: no pod notices, and no line of output is lost
 * or doubled.
 */
@EndToEnd
class ShimRestartTest {
  private static final int LINES = 120_000;
  private static final int LINES_PER_SECOND = 10_000;

  private final Cluster cluster;
  private final Lab lab;

  ShimRestartTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @Test
  void killedShim_startedAgain_findsThePodsAsTheyWere() throws IOException {
    cluster.applyPolicy(Policy.named("lasting"));
    cluster.runUntilReady(Pod.named("walled").runtimeClass("lasting"));
    cluster.runUntilReady(Pod.named("plain"));
    List<String> before = List.of(insideOf("walled"), insideOf("plain"));
    long killed = lab.shim().processId();

    lab.shim().kill();
    lab.shim().start();
    awaitKubelet();

    assertFalse(ProcessHandle.of(killed).isPresent());
    assertEquals(before, List.of(insideOf("walled"), insideOf("plain")));
    assertEquals("0", cluster.get("pod/walled", ".status.containerStatuses[0].restartCount"));
    assertEquals("0", cluster.get("pod/plain", ".status.containerStatuses[0].restartCount"));

    cluster.delete("pod/walled");
    cluster.runUntilReady(Pod.named("next").runtimeClass("lasting"));
  }

  /** After a refused connection kubelet's gRPC client waits for up to 3 s before the next try. */
  private void awaitKubelet() {
    Awaitility.await("kubelet has found the shim again")
        .atMost(Duration.ofSeconds(20))
        .until(() -> cluster.exec("plain", "true").ok());
  }

  /** Process IDs as the container sees them, and when its first process began. */
  private String insideOf(String pod) {
    return cluster
        .exec(pod, "sh", "-c", "cut -d' ' -f22 /proc/1/stat; ps -o pid,args | grep '[s]leep'")
        .orThrow()
        .out();
  }

  @Test
  void killedShim_whileAContainerWritesFast_everyLineIsInTheLogOnce() throws IOException {
    cluster.applyPolicy(Policy.named("writing"));
    cluster.apply(
        Pod.named("writer")
            .runtimeClass("writing")
            .image("cofferdam/lines", Integer.toString(LINES), Integer.toString(LINES_PER_SECOND))
            .yaml());
    awaitLines(LINES / 6);
    lab.shim().kill();
    lab.shim().start();
    awaitLines(LINES / 2);
    lab.shim().kill();
    lab.shim().start();

    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> cluster.get("pod/writer", ".status.phase").equals("Succeeded"));
    List<String> expected =
        IntStream.rangeClosed(1, LINES).mapToObj("line %08d"::formatted).toList();
    List<String> written =
        Files.readAllLines(log()).stream().map(ShimRestartTest::withoutLogPrefix).toList();
    assertEquals("none", firstDifference(expected, written));
    assertTrue(cluster.logs("writer").endsWith("line %08d\n".formatted(LINES)));
  }

  private void awaitLines(int count) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              try (Stream<String> lines = Files.lines(log())) {
                return lines.count() >= count;
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  private Path log() throws IOException {
    Path folder = lab.directories().var("log/pods");
    String uid = cluster.get("pod/writer", ".metadata.uid");
    return folder.resolve("default_writer_" + uid).resolve("main/0.log");
  }

  /** CRI's log format: time, stream, tag, then what was written. */
  private static String withoutLogPrefix(String line) {
    return line.split(" ", 4)[3];
  }

  /** Says where two long lists part, instead of printing them. */
  private static String firstDifference(List<String> expected, List<String> actual) {
    int common = Math.min(expected.size(), actual.size());
    for (int i = 0; i < common; i++) {
      if (!expected.get(i).equals(actual.get(i))) {
        return "line %d is '%s', not '%s'".formatted(i + 1, actual.get(i), expected.get(i));
      }
    }
    return expected.size() == actual.size()
        ? "none"
        : "%d lines, not %d".formatted(actual.size(), expected.size());
  }
}
