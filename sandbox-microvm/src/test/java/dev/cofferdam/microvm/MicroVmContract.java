package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The contract, kept by real guests. Tests that need no guest of their own share one. */
@Tag("microvm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MicroVmContract extends VolumeContract {
  private @Nullable MicroVmNode node;
  private @Nullable Backend backend;
  private @Nullable Path tree;
  private @Nullable SharedSandbox shared;
  private Path whole = Path.of("/nowhere");
  private int image;

  @BeforeAll
  void open() throws Exception {
    // Short, because sockets get made below it; the tests' own folders end with each.
    whole = Files.createTempDirectory("vm");
    node = new MicroVmNode(whole, settings(whole));
    backend = node().open();
  }

  /** Of the backend, beside where its parts are. */
  protected Map<String, String> settings(Path folder) throws Exception {
    return Map.of();
  }

  private MicroVmNode node() {
    return Objects.requireNonNull(node);
  }

  @AfterEach
  void removeContainers() {
    if (shared != null) {
      shared.removeContainers();
    }
  }

  @AfterAll
  void close() throws Exception {
    if (shared != null) {
      assertNothingLeft(shared.end());
    }
    node().close();
    dev.cofferdam.microvm.monitor.MonitorFiles.remove(whole);
  }

  /** A guest's boot takes seconds under emulation, and many of them on a busy machine. */
  @Override
  protected Deadline enoughToStart() {
    return Deadline.after(Patience.of(Duration.ofMinutes(2)));
  }

  @Override
  protected Sandbox sandbox() throws Exception {
    if (shared == null) {
      String id = newId();
      SandboxSpec spec =
          new SandboxSpec(
              id,
              variant(),
              Files.createDirectories(whole.resolve("shared")),
              "pod-of-the-tests",
              networkNamespace(),
              Optional.empty(),
              Resources.UNLIMITED,
              Map.of(),
              false,
              false);
      shared = new SharedSandbox(backend(), spec);
    }
    return shared;
  }

  @Override
  protected Backend backend() {
    return Objects.requireNonNull(backend);
  }

  @Override
  protected Backend restart() {
    return node().open();
  }

  @Override
  protected Optional<Path> networkNamespace() throws Exception {
    return node().newNetwork();
  }

  @Override
  protected RootFilesystem rootFilesystem() throws Exception {
    if (tree == null) {
      Path made = makeRootFilesystem();
      tree = whole.resolve("rootfs");
      var copy = new ProcessBuilder("cp", "-a", made.toString(), tree.toString()).start();
      if (copy.waitFor() != 0) {
        throw new IllegalStateException("cp failed");
      }
    }
    return MicroVmNode.image(tree, image);
  }

  @Test
  void cpuLimit_ofOneContainer_isEnforcedInTheGuest() throws Exception {
    Resources tenth = new Resources(0, 10_000, 100_000, 0, 0, 0, "", "");
    ContainerSpec spec = containerSpec(shell("while :; do :; done"), Stdio.NONE);
    Container busy = sandbox().createContainer(spec.withResources(tenth), enoughToStart());
    busy.start(soon());
    Usage before =
        Eventually.get(
            "it runs", () -> Optional.of(busy.usage(soon())).filter(u -> u.cpuNanos() > 0));
    Thread.sleep(2_000);
    Usage after = busy.usage(soon());
    double processors =
        (double) (after.cpuNanos() - before.cpuNanos())
            / Duration.between(before.at(), after.at()).toNanos();
    assertTrue(processors > 0 && processors < 0.25, () -> "it used " + processors + " processors");
    busy.kill(soon());
  }

  /** With QEMU those from the third on come as disks of another kind. */
  @Test
  void images_moreThanThereAreSlotsAtBoot_areAttached() throws Exception {
    try {
      for (image = 1; image <= 5; image++) {
        assertEquals(3, exitOf(started(sandbox(), "exit 3")).code());
      }
    } finally {
      image = 0;
    }
  }

  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    MicroVmNode.assertWall(kernelVersion);
  }

  @Override
  protected void assertNothingLeft(SandboxSpec spec) throws Exception {
    node().assertNothingLeft(spec);
  }
}
