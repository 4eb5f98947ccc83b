package dev.cofferdam.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.LabOptions.NodeRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Labs come side by side and go without a trace ({@link Lab#down} itself checks that and throws).
 */
@Tag("e2e")
class LabLifecycleTest {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();

  private final Lab lab = containerdOnly("lifecycle");
  private final Lab other = containerdOnly("lifecycle2");

  private static Lab containerdOnly(String name) {
    return new Lab(
        new LabOptions(name, REPOSITORY, NodeRuntime.CONTAINERD, false), new Progress(System.err));
  }

  @AfterEach
  void down() {
    lab.down();
    other.down();
  }

  @Test
  void down_withRunningPods_leavesNothing() throws IOException {
    lab.up();
    String pod = runPod(lab);
    assertTrue(crictl(lab, "pods", "-q").out().contains(pod));
    assertTrue(lab.processNames().contains("pause"));

    lab.down();

    assertEquals(List.of(), lab.processNames());
    assertEquals(List.of(), lab.cgroupNames());
    assertFalse(Files.exists(lab.directories().root()));
  }

  @Test
  void down_afterTheHolderOfTheNamespacesDied_leavesNothing() {
    lab.up();
    Daemons daemons = new Daemons(lab.directories());
    daemons.find("namespaces").orElseThrow().end(true);

    lab.down();

    assertEquals(List.of(), lab.processNames());
  }

  @Test
  void up_afterAContainerdCrash_startsWhatIsMissing() {
    lab.up();
    lab.containerd().kill();

    lab.up();

    assertTrue(crictl(lab, "info", "-q").ok());
  }

  @Test
  void twoLabs_sideBySide_doNotSeeEachOther() throws IOException {
    lab.up();
    other.up();
    runPod(lab);

    assertEquals("", crictl(other, "pods", "-q").out());
    lab.down();
    assertTrue(crictl(other, "info", "-q").ok());
  }

  private static Command.Result crictl(Lab lab, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("crictl", "--runtime-endpoint", "unix://" + Containerd.SOCKET));
    command.addAll(List.of(arguments));
    return lab.shell().run(command.toArray(String[]::new));
  }

  private static String runPod(Lab lab) throws IOException {
    Path pod = lab.directories().root().resolve("pod.json");
    Files.writeString(
        pod, "{\"metadata\": {\"name\": \"x\", \"namespace\": \"default\", \"uid\": \"x\"}}");
    return crictl(lab, "runp", pod.toString()).orThrow().out().strip();
  }
}
