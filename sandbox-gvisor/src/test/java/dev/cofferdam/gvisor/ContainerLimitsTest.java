package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What one container may use, while others of its sandbox go on. */
class ContainerLimitsTest extends GvisorFixture {
  private static final Path V1 = Path.of("/sys/fs/cgroup");
  private static final long MIB = 1L << 20;
  private static final int FAST_ALLOCATIONS = 3;
  private static final int SIGUSR1 = 10;
  private static final int KILLED = 137;
  private static final String REST = "while :; do sleep 1; done";

  /** Holds this much memory. */
  private static String hold(int mib) {
    return "/bin/busybox dd if=/dev/zero of=/dev/null bs=" + mib + "M";
  }

  private final List<Path> cgroups = new ArrayList<>();
  private final List<SandboxSpec> inCgroups = new ArrayList<>();
  private final List<Path> overlays = new ArrayList<>();

  /** A sandbox in a cgroup of its own, as the shim makes it. */
  private SandboxSpec inCgroup(String controller, String file, String value) throws Exception {
    assumeTrue(Files.exists(V1.resolve("memory")), "cgroup v1 only");
    String path = "/cofferdam-test-" + newId().substring(0, 12);
    for (String each : List.of("memory", "pids", "cpu", "cpuacct")) {
      cgroups.add(Files.createDirectory(Path.of(V1 + "/" + each + path)));
    }
    Files.writeString(Path.of(V1 + "/" + controller + path).resolve(file), value);
    SandboxSpec own = sandboxSpec();
    SandboxSpec spec =
        new SandboxSpec(
            own.id(),
            own.variant(),
            own.directory(),
            own.hostname(),
            own.networkNamespace(),
            Optional.of(path),
            Resources.UNLIMITED,
            own.sysctls(),
            false,
            false);
    inCgroups.add(spec);
    return spec;
  }

  @AfterEach
  void removeCgroups() throws Exception {
    for (SandboxSpec spec : inCgroups) {
      backend().purge(spec, soon());
    }
    for (Path root : overlays) {
      Mounts.unmount(root, true);
    }
    for (Path cgroup : cgroups) {
      Eventually.get(
          cgroup + " is empty",
          () -> Optional.of(cgroup).filter(each -> !Files.exists(each) || each.toFile().delete()));
    }
  }

  private ContainerSpec limited(String script, Stdio stdio, Resources limits) throws Exception {
    return containerSpec(shell(script), stdio).withResources(limits);
  }

  private Container run(Sandbox sandbox, ContainerSpec spec) {
    Container container = sandbox.createContainer(spec, soon());
    container.start(soon());
    return container;
  }

  private static Resources memory(long mib) {
    return new Resources(0, 0, 0, mib * MIB, 0, 0, "", "");
  }

  private static void assertOutOfMemory(Container container) throws Exception {
    ExitStatus exit = exitOf(container);
    assertEquals(KILLED, exit.code());
    assertTrue(exit.outOfMemory(), "not said to be out of memory");
  }

  private static void assertLives(Container container) throws Exception {
    if (container.processes(soon()).isEmpty()) {
      fail("the neighbour ended too: " + exitOf(container));
    }
  }

  /** Its root as the shim mounts it: by the device of its own the host tells whose a thread is. */
  private ContainerSpec onOverlay(ContainerSpec spec) throws Exception {
    Path root = ((RootFilesystem.Directory) spec.rootFilesystem()).path();
    String layers = folder + "/overlay-" + overlays.size();
    Path upper = Files.createDirectories(Path.of(layers, "upper"));
    Path work = Files.createDirectories(Path.of(layers, "work"));
    String options = "lowerdir=" + root + ",upperdir=" + upper + ",workdir=" + work;
    ProcessBuilder mount =
        new ProcessBuilder("mount", "-t", "overlay", "-o", options, "o", root.toString());
    assertEquals(0, mount.inheritIO().start().waitFor());
    overlays.add(root);
    return spec;
  }

  /** CPU time that processes of the host have used, in hundredths of a second. */
  private static long ticks(CpuCgroup cgroup, long sentry) throws Exception {
    return cgroup.processes().stream()
        .flatMap(pid -> WorkloadThread.of(pid, sentry).stream())
        .mapToLong(WorkloadThread::ticks)
        .sum();
  }

  @Test
  void cpu_overTheLimitInAPodWithoutOne_isHeldBackAndTheNeighbourIsNot() throws Exception {
    SandboxSpec spec = inCgroup("memory", "memory.limit_in_bytes", "1000000000");
    Sandbox sandbox = backend().create(spec, soon());
    Resources tenth = new Resources(0, 10_000, 100_000, 0, 0, 0, "", "");
    String busy = "while :; do :; done";
    Container free = run(sandbox, onOverlay(limited(busy, Stdio.NONE, Resources.UNLIMITED)));
    ContainerSpec slow = onOverlay(limited(busy, Stdio.NONE, tenth));
    Container held = run(sandbox, slow);
    CpuCgroup pod = new PodCgroup(spec.cgroup().orElseThrow()).cpu().orElseThrow();
    CpuCgroup own = pod.of(slow.id());
    Eventually.get(
        "its thread is in its cgroup", () -> Optional.of(1).filter(_ -> heldThreads(own) == 1));
    long before = ticks(own, sandbox.pid());
    long at = System.nanoTime();
    Thread.sleep(2_000);
    double processors = (ticks(own, sandbox.pid()) - before) * 1e7 / (System.nanoTime() - at);
    assertTrue(processors < 0.2, "it used " + processors + " processors");
    assertTrue(
        ticks(pod, sandbox.pid()) > 0, "the neighbour's thread is in no cgroup but the pod's");

    Container found =
        restart().find(spec, soon()).orElseThrow().findContainer(slow, soon()).orElseThrow();
    found.update(new Resources(0, 20_000, 50_000, 0, 0, 0, "", ""), soon());
    assertEquals("20000\n", Files.readString(own.folder().resolve("cpu.cfs_quota_us")));
    found.update(Resources.UNLIMITED, soon());
    assertFalse(Files.exists(own.folder()), "without a limit there is no cgroup of its own");
    held.kill(soon());
    free.kill(soon());
  }

  private static int heldThreads(CpuCgroup own) {
    try {
      return own.processes().size();
    } catch (IOException e) {
      return 0; // not made yet
    }
  }

  @Test
  void memory_overTheLimit_endsThatContainerAndNoOther() throws Exception {
    Sandbox sandbox =
        backend().create(inCgroup("memory", "memory.limit_in_bytes", "1000000000"), soon());
    Container neighbour = run(sandbox, limited(REST, Stdio.NONE, memory(64)));
    Container greedy = run(sandbox, limited(hold(200), Stdio.NONE, memory(48)));
    assertOutOfMemory(greedy);
    assertFalse(neighbour.processes(soon()).isEmpty(), "the neighbour ended too");
    neighbour.kill(soon());
    ExitStatus killed = exitOf(neighbour);
    assertEquals(KILLED, killed.code());
    assertFalse(killed.outOfMemory(), "killed by us, not for its memory");
  }

  /** A hundred mebibytes take it 20 ms; at 160 MiB the kernel would end the sentry. */
  @RepeatedTest(FAST_ALLOCATIONS)
  void memory_allocatedFasterThanLookedAt_endsThatContainerAndNoOther() throws Exception {
    SandboxSpec spec = inCgroup("memory", "memory.limit_in_bytes", Long.toString(160 * MIB));
    Sandbox sandbox = backend().create(spec, soon());
    Container neighbour = run(sandbox, limited("exec sleep 1000", Stdio.NONE, memory(64)));
    assertOutOfMemory(run(sandbox, limited(Greedy.fill(400), Stdio.NONE, memory(64))));
    assertLives(neighbour);
    assertOutOfMemory(run(sandbox, limited(Greedy.fill(400), Stdio.NONE, memory(64))));
    assertLives(neighbour);
  }

  @Test
  void memory_ofThePod_usedUpByContainersBelowTheirLimits_endsThemInTime() throws Exception {
    SandboxSpec spec = inCgroup("memory", "memory.limit_in_bytes", Long.toString(160 * MIB));
    Sandbox sandbox = backend().create(spec, soon());
    run(sandbox, limited("exec sleep 1000", Stdio.NONE, memory(300)));
    assertOutOfMemory(run(sandbox, limited(Greedy.fill(400), Stdio.NONE, memory(300))));
  }

  @Test
  void memory_withoutACgroupOnTheHost_isLimitedToo() throws Exception {
    assertOutOfMemory(run(newSandbox(), limited(hold(100), Stdio.NONE, memory(48))));
  }

  @Test
  void memory_ofWhatExecStarts_counts() throws Exception {
    Sandbox sandbox =
        backend().create(inCgroup("memory", "memory.limit_in_bytes", "1000000000"), soon());
    Container container = run(sandbox, limited(REST, Stdio.NONE, memory(48)));
    try (var _ = container.exec(shell(hold(200)), soon())) {
      assertOutOfMemory(container);
    }
  }

  @Test
  void memory_afterTheShimWasStartedAnew_isLimitedAsBefore() throws Exception {
    SandboxSpec spec = inCgroup("memory", "memory.limit_in_bytes", "1000000000");
    PipeStdio pipes = pipes();
    ContainerSpec greedy =
        limited("trap '" + hold(200) + "' USR1; echo set; " + REST, pipes.stdio(), memory(48));
    run(backend().create(spec, soon()), greedy);
    outputWith(pipes, "set\n");
    Backend next = restart();
    Container found =
        next.find(spec, soon()).orElseThrow().findContainer(greedy, soon()).orElseThrow();
    found.signal(SIGUSR1, soon());
    assertOutOfMemory(found);
    Container later =
        restart().find(spec, soon()).orElseThrow().findContainer(greedy, soon()).orElseThrow();
    assertOutOfMemory(later);
  }

  @Test
  void update_ofARunningContainer_takesHold() throws Exception {
    Sandbox sandbox =
        backend().create(inCgroup("memory", "memory.limit_in_bytes", "1000000000"), soon());
    PipeStdio pipes = pipes();
    String files = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max; ";
    Container container =
        run(
            sandbox,
            limited(
                files + "trap '" + files + hold(64) + "' USR1; " + REST,
                pipes.stdio(),
                new Resources(512, 50_000, 100_000, 32 * MIB, 0, 100, "", "")));
    outputWith(pipes, "33554432\n50000 100000\n100\n");
    container.update(new Resources(512, 70_000, 100_000, 128 * MIB, 0, 50, "", ""), soon());
    container.signal(SIGUSR1, soon());
    outputWith(pipes, "134217728\n70000 100000\n50\n");
    Eventually.get(
        "64 MiB in use",
        () -> Optional.of(true).filter(_ -> container.usage(soon()).memoryBytes() > 64 * MIB));
    String refusal =
        assertRefused(ErrorCode.WRONG_STATE, () -> container.update(memory(40), soon()));
    assertTrue(refusal.contains("already"), refusal);
    container.update(memory(100), soon());
    assertFalse(container.processes(soon()).isEmpty(), "a resize killed it");
  }

  @Test
  void pids_overTheLimit_areRefused() throws Exception {
    Sandbox sandbox = newSandbox();
    Container neighbour = run(sandbox, limited(REST, Stdio.NONE, Resources.UNLIMITED));
    PipeStdio pipes = pipes();
    String bomb = "i=0; while [ $i -lt 100 ]; do sleep 100 & i=$((i+1)); done; echo all";
    Container container =
        run(sandbox, limited(bomb, pipes.stdio(), new Resources(0, 0, 0, 0, 0, 20, "", "")));
    exitOf(container);
    assertFalse(pipes.output().contains("all"), "nobody stopped it");
    assertTrue(pipes.errors().contains("can't fork"), "it was stopped by something else");
    assertFalse(neighbour.processes(soon()).isEmpty(), "the neighbour ended too");
  }

  @Test
  void pids_ofThePodsCgroup_leaveRoomForTheSentry() throws Exception {
    Sandbox sandbox = backend().create(inCgroup("pids", "pids.max", "400"), soon());
    PipeStdio pipes = pipes();
    String bomb = "i=0; while [ $i -lt 400 ]; do sleep 100 & i=$((i+1)); done";
    Container container = run(sandbox, limited(bomb, pipes.stdio(), Resources.UNLIMITED));
    exitOf(container);
    assertTrue(pipes.errors().contains("can't fork"), "nobody stopped it");
    started(sandbox, REST); // the sandbox lives
  }
}
