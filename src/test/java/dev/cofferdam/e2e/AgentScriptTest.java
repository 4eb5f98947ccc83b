package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the DaemonSet's pod does with its orders: the script itself, on a host that is a folder. */
class AgentScriptTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String BUSYBOX = "/bin/busybox";

  @TempDir private Path folder;
  private @Nullable Process agent;

  @BeforeEach
  void image() throws IOException {
    for (String name : List.of("bin", "payload/bin", "state")) {
      Files.createDirectories(folder.resolve(name));
    }
    Path busybox = Files.copy(Path.of(BUSYBOX), folder.resolve("busybox"));
    for (String applet :
        List.of(
            "sh", "cp", "rm", "cat", "cut", "grep", "head", "printf", "sleep", "tail", "test",
            "touch")) {
      Files.createSymbolicLink(folder.resolve("bin").resolve(applet), busybox);
    }
    // The host's namespaces are ours.
    program("bin/nsenter", "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"");
    program(
        "payload/bin/cofferdam",
        "echo \"called: $*\" | sed 's:/proc/[0-9]*/:/proc/PID/:' | tee -a %1$s/calls; test ! -e %1$s/broken"
            .formatted(folder));
    Files.writeString(folder.resolve("payload/VERSION"), "v1\n");
    order("");
  }

  @AfterEach
  void end() throws InterruptedException {
    Process last = agent;
    if (last != null) {
      var _ = last.destroyForcibly();
      assertTrue(last.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @Test
  void install_isDoneOnce_andMakesThePodReady() throws Exception {
    start();
    order("install a1");
    await("state/ready");
    assertEquals(
        List.of(
            "called: node install --report --patience 2 --pod-token"
                + " /proc/PID/root/var/run/secrets/kubernetes.io/serviceaccount/token --require gvisor"),
        calls());
    assertFalse(Files.exists(folder.resolve("staged")));
    end();
    start();
    order("install a2");
    Awaitility.await().atMost(TIMEOUT).until(() -> calls().size() == 2);
  }

  @Test
  void install_thatFails_endsWithItsReason_andIsNotTriedAgain() throws Exception {
    Files.createFile(folder.resolve("broken"));
    order("install a1");
    assertEquals(1, startAndWait());
    assertTrue(Files.readString(folder.resolve("message")).startsWith("a1: called: node install"));
    assertFalse(Files.exists(folder.resolve("state/ready")));
    Process anew = start();
    assertFalse(anew.waitFor(1, TimeUnit.SECONDS));
    assertEquals(1, calls().size());
  }

  @Test
  void uninstall_endsWellAndSaysSo_andEvictsWhenTold() throws Exception {
    order("uninstall b1");
    assertEquals(0, startAndWait());
    order("uninstall --evict b2");
    assertEquals(0, startAndWait());
    assertEquals(
        List.of(
            "called: node uninstall --report --patience 2",
            "called: node uninstall --report --evict --patience 2"),
        calls());
    assertTrue(Files.readString(folder.resolve("message")).startsWith("b2: "));
  }

  private int startAndWait() throws IOException, InterruptedException {
    Process started = start();
    assertTrue(started.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
    return started.exitValue();
  }

  private Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                BUSYBOX, "sh", SharedLab.REPOSITORY.resolve("deploy/node/agent.sh").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH", folder.resolve("bin").toString(),
                "COFFERDAM_ORDER", folder.resolve("turn").toString(),
                "COFFERDAM_STATE", folder.resolve("state").toString(),
                "COFFERDAM_PAYLOAD", folder.resolve("payload").toString(),
                "COFFERDAM_MESSAGE", folder.resolve("message").toString(),
                "COFFERDAM_STAGED", folder.resolve("staged").toString(),
                "COFFERDAM_POLL", "0.1",
                "COFFERDAM_ARGUMENTS", "--patience\n2",
                "COFFERDAM_INSTALL_ARGUMENTS", "--require\ngvisor"));
    Process started = builder.start();
    agent = started;
    return started;
  }

  /** As kubelet writes an annotation: with no newline. */
  private void order(String text) throws IOException {
    Files.writeString(folder.resolve("turn"), text);
  }

  private void await(String file) {
    Awaitility.await(file).atMost(TIMEOUT).until(() -> Files.exists(folder.resolve(file)));
  }

  private List<String> calls() throws IOException {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  private void program(String name, String script) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
