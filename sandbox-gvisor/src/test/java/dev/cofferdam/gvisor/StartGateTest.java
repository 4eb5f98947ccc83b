package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A sandbox is created while the pod's network is made, and started after that. */
class StartGateTest extends GvisorFixture {

  @Test
  void create_networkMadeMeanwhile_bootsAndHasItsInterfaces() throws Exception {
    SandboxSpec spec = sandboxSpec();
    Path namespace = spec.networkNamespace().orElseThrow();
    HostProcesses processes = new HostProcesses(Layout.of(runtime(), spec).root());
    Sandbox sandbox =
        backend()
            .create(
                spec,
                deadline -> {
                  Eventually.get(
                      "the sentry boots",
                      () -> processes.all().stream().filter(StartGateTest::isSentry).findFirst());
                  addInterface(namespace);
                },
                soon());
    PipeStdio pipes = pipes();
    Container container =
        sandbox.createContainer(containerSpec(shell("cat /proc/net/dev"), pipes.stdio()), soon());
    container.start(soon());
    assertEquals(0, exitOf(container).code());
    String seen = pipes.output();
    assertTrue(seen.contains("eth7:"), seen);
  }

  @Test
  void create_aRunscOfAKnownVersion_needsNoGoferForItsRoot() throws Exception {
    Sandbox sandbox = newSandbox();
    HostProcesses processes = new HostProcesses(Layout.of(runtime(), specOf(sandbox)).root());
    assertFalse(
        processes.all().stream()
            .map(HostProcesses::arguments)
            .anyMatch(arguments -> arguments.contains("gofer")));
  }

  private static boolean isSentry(long pid) {
    return HostProcesses.arguments(pid).contains("boot");
  }

  private static void addInterface(Path namespace) {
    String commands =
        "ip link add eth7 type veth peer name eth8 && ip addr add 192.0.2.7/24 dev eth7"
            + " && ip link set eth7 up && ip link set eth8 up";
    try {
      Process ip =
          new ProcessBuilder("nsenter", "--net=" + namespace, "sh", "-c", commands)
              .inheritIO()
              .start();
      assertEquals(0, ip.waitFor());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
