package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A next shim takes over from the running one under load: nobody notices. */
@EndToEnd
class UpgradeTest {
  private static final int LINES = 60_000;
  private static final int LINES_PER_SECOND = 4_000;

  private final Cluster cluster;
  private final Lab lab;

  UpgradeTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @Test
  void takeOver_underLoad_isNoticedByNobody() throws Exception {
    cluster.applyPolicy(Policy.named("upgraded"));
    cluster.runUntilReady(Pod.named("walled").runtimeClass("upgraded"));
    cluster.runUntilReady(Pod.nginx("server").runtimeClass("upgraded"));
    cluster.apply(
        Pod.named("writer")
            .runtimeClass("upgraded")
            .image("cofferdam/lines", Integer.toString(LINES), Integer.toString(LINES_PER_SECOND))
            .yaml());
    NumberedLines log = new NumberedLines(cluster, lab, "writer");
    log.await(LINES / 6);
    String before = insideOf("walled");
    long kubeletLog = Files.size(kubeletLog());

    ProcessHandle old;
    try (Session exec = Session.exec(lab, "walled");
        Session forward = Session.portForward(lab, "server")) {
      assertEquals("before", exec.echoed("before"));
      assertTrue(forward.page().contains("Welcome to nginx"));
      Poller poller = new Poller();
      poller.start();

      old = lab.shim().takeOver();

      // The sessions are still the old process's, which has nothing else left.
      assertEquals("after", exec.echoed("after"));
      assertTrue(forward.page().contains("Welcome to nginx"));
      assertTrue(old.isAlive());
      assertEquals("fresh", cluster.exec("walled", "echo", "fresh").orThrow().out().strip());
      cluster.runUntilReady(Pod.named("later").runtimeClass("upgraded"));
      assertEquals(List.of(), poller.errors());
    }
    Awaitility.await("the old shim ends with its last session")
        .atMost(Duration.ofMinutes(3))
        .until(() -> !old.isAlive());

    assertEquals(before, insideOf("walled"));
    for (String pod : List.of("walled", "server", "writer", "later")) {
      assertEquals("0", cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount"));
    }
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> cluster.get("pod/writer", ".status.phase").equals("Succeeded"));
    assertEquals("none", log.firstDifference(LINES));
    assertEquals(List.of(), refusals(kubeletLog));
  }

  @Test
  void takeOver_attachedClient_noticesNothing() throws Exception {
    cluster.applyPolicy(Policy.named("attached"));
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: echo}
        spec: {runtimeClassName: attached, restartPolicy: Never, terminationGracePeriodSeconds: 1,
          containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, stdin: true, args: [cat]}]}
        """);
    cluster.awaitReady("echo");
    try (Session attached = Session.attach(lab, "echo")) {
      assertEquals("before", attached.echoed("before"));
      for (String after : List.of("one", "two")) {
        var _ = lab.shim().takeOver();
        assertEquals(after, attached.echoed(after));
      }
    }
    assertEquals("before\none\ntwo\n", cluster.logs("echo"));
  }

  @Test
  void takeOver_nextOneKilledAtAnyInstant_leavesOneThatServesOrCanBeStarted() throws Exception {
    cluster.applyPolicy(Policy.named("handed"));
    cluster.runUntilReady(Pod.named("handed").runtimeClass("handed"));
    String before = insideOf("handed");
    // From before it has asked until it serves, on a machine of whatever speed.
    for (int millis = 250; millis <= 4000; millis += 750) {
      lab.shim().takeOverAndKill(Duration.ofMillis(millis));
      if (!lab.shim().awaitServingOrEnded()) {
        lab.shim().start();
      }
      assertTrue(lab.shell().run("crictl", "pods").orThrow().out().contains("handed"));
    }
    Awaitility.await("kubelet has found the shim again")
        .atMost(Duration.ofSeconds(60))
        .until(() -> cluster.exec("handed", "true").ok());
    assertEquals(before, insideOf("handed"));
    assertEquals("0", cluster.get("pod/handed", ".status.containerStatuses[0].restartCount"));
  }

  /** What kubelet logged since then of calls that did not get through. */
  private List<String> refusals(long from) throws IOException {
    byte[] all = Files.readAllBytes(kubeletLog());
    String since = new String(all, (int) from, all.length - (int) from, StandardCharsets.UTF_8);
    return since.lines().filter(line -> line.contains("code = Unavailable")).toList();
  }

  private Path kubeletLog() {
    return lab.directories().logs().resolve("kubelet.log");
  }

  /** When the container's first process began, as it sees it, and the host's sentries. */
  private String insideOf(String pod) {
    return cluster
        .exec(pod, "sh", "-c", "cut -d' ' -f22 /proc/1/stat; ps -o pid,args | grep '[s]leep'")
        .orThrow()
        .out();
  }

  /** Asks all the time, as kubelet and people do. */
  private final class Poller {
    private final List<String> errors = new ArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread thread = Thread.ofPlatform().name("poller").unstarted(this::run);

    void start() {
      thread.start();
    }

    private void run() {
      while (!over.get()) {
        for (String call : List.of("pods", "ps", "info", "version")) {
          Result result = lab.shell().run("crictl", call);
          boolean whole = !call.equals("pods") || result.out().contains("walled");
          if (!result.ok() || !whole) {
            errors.add(call + ": " + result);
          }
        }
      }
    }

    /** Stops asking. */
    List<String> errors() throws InterruptedException {
      over.set(true);
      thread.join(TimeUnit.MINUTES.toMillis(1));
      return errors;
    }
  }

  /** Leaves no doubt that the log of a container is its own only. */
  private record NumberedLines(Cluster cluster, Lab lab, String pod) {

    void await(int count) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                try (Stream<String> lines = Files.lines(file())) {
                  return lines.count() >= count;
                } catch (IOException notYet) {
                  return false;
                }
              });
    }

    /** Each line once, in order; a difference is said instead of printing them all. */
    String firstDifference(int count) throws IOException {
      List<String> written = Files.readAllLines(file());
      for (int i = 0; i < Math.min(count, written.size()); i++) {
        String line = written.get(i).split(" ", 4)[3];
        if (!line.equals("line %08d".formatted(i + 1))) {
          return "line %d is '%s'".formatted(i + 1, line);
        }
      }
      return written.size() == count ? "none" : written.size() + " lines, not " + count;
    }

    private Path file() {
      String uid = cluster.get("pod/" + pod, ".metadata.uid");
      return lab.directories()
          .var("log/pods")
          .resolve("default_%s_%s".formatted(pod, uid))
          .resolve("main/0.log");
    }
  }
}
