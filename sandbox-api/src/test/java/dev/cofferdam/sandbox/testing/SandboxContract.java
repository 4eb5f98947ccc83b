package dev.cofferdam.sandbox.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.Wall;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The contract on sandboxes: their start, their end, and being found again. */
abstract class SandboxContract extends ContractFixture {

  @Test
  void canary_processInside_seesTheWallsKernel() throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox().createContainer(containerSpec(shell("cat /proc/version"), pipes.stdio()), soon());
    container.start(soon());
    exitOf(container);
    assertWall(pipes.output());
  }

  @Test
  void create_anySandbox_runsAsOneHostProcess() throws Exception {
    Sandbox sandbox = sandbox();
    assertTrue(ProcessHandle.of(sandbox.pid()).map(ProcessHandle::isAlive).orElse(false));
  }

  @Test
  void wall_ofARunningSandbox_isTheVariantInUse() throws Exception {
    Sandbox sandbox = sandbox();
    Wall wall = sandbox.wall(soon());
    assertEquals(variant(), wall.variant());
    assertEquals(sandbox.pid(), wall.pid());
    assertFalse(wall.kind().isBlank());
    assertFalse(wall.version().isBlank());
  }

  @Test
  void create_noTimeLeft_failsAndLeavesNothing() throws Exception {
    SandboxSpec spec = sandboxSpec();
    assertRefused(
        ErrorCode.DEADLINE_EXCEEDED,
        () -> backend().create(spec, Deadline.after(Duration.ofMillis(1))));
    assertNothingLeft(spec);
    assertEquals(Optional.empty(), backend().find(spec, soon()));
  }

  @Test
  void create_networkStillInMaking_endsAfterIt() throws Exception {
    SandboxSpec spec = sandboxSpec();
    AtomicBoolean made = new AtomicBoolean();
    Sandbox sandbox = backend().create(spec, deadline -> made.set(true), enoughToStart());
    assertTrue(made.get());
    assertEquals(0, exitOf(started(sandbox, "true")).code());
  }

  @Test
  void create_networkNeverMade_failsAsItDidAndLeavesNothing() throws Exception {
    SandboxSpec spec = sandboxSpec();
    SandboxException failure = new SandboxException(ErrorCode.PROGRAM_FAILED, "no address left");
    String message =
        assertRefused(
            ErrorCode.PROGRAM_FAILED,
            () ->
                backend()
                    .create(
                        spec,
                        deadline -> {
                          throw failure;
                        },
                        soon()));
    assertEquals("no address left", message);
    assertNothingLeft(spec);
    assertEquals(Optional.empty(), backend().find(spec, soon()));
  }

  @Test
  void create_unknownVariant_isRefused() throws Exception {
    SandboxSpec spec = sandboxSpec();
    SandboxSpec wrong =
        new SandboxSpec(
            spec.id(),
            "no-such-variant",
            spec.directory(),
            spec.hostname(),
            spec.networkNamespace(),
            spec.cgroup(),
            spec.resources(),
            spec.sysctls(),
            spec.sharedProcessNamespace(),
            spec.userNamespace());
    assertRefused(ErrorCode.INVALID_ARGUMENT, () -> backend().create(wrong, soon()));
  }

  @Test
  void find_neverCreated_isEmpty() throws Exception {
    assertEquals(Optional.empty(), backend().find(sandboxSpec(), soon()));
  }

  @Test
  void find_afterRestart_isTheSameSandbox() throws Exception {
    Sandbox sandbox = newSandbox();
    Sandbox found = restart().find(specOf(sandbox), soon()).orElseThrow();
    assertEquals(sandbox.id(), found.id());
    assertEquals(sandbox.pid(), found.pid());
  }

  @Test
  void stop_runningContainer_endsEverythingWithoutAReason() throws Exception {
    Sandbox sandbox = newSandbox();
    Container container = started(sandbox, "sleep 1000");
    sandbox.stop(soon());
    assertEquals("", Eventually.returns("end of the sandbox", sandbox::awaitEnd));
    assertEquals(137, exitOf(container).code());
    assertEquals(Optional.empty(), restart().find(specOf(sandbox), soon()));
  }

  @Test
  void stopAndDelete_repeated_doNothing() throws Exception {
    Sandbox sandbox = newSandbox();
    sandbox.stop(soon());
    sandbox.stop(soon());
    sandbox.delete(soon());
    sandbox.delete(soon());
    sandbox.stop(soon());
    assertNothingLeft(specOf(sandbox));
  }

  @Test
  void purge_runningSandbox_leavesNothing() throws Exception {
    Sandbox sandbox = newSandbox();
    Container container = started(sandbox, "sleep 1000");
    restart().purge(specOf(sandbox), soon());
    assertNothingLeft(specOf(sandbox));
    restart().purge(specOf(sandbox), soon());
    assertEquals(137, exitOf(container).code());
  }

  @Test
  void create_sameSpecAfterDelete_works() throws Exception {
    Sandbox sandbox = newSandbox();
    SandboxSpec spec = specOf(sandbox);
    sandbox.stop(soon());
    sandbox.delete(soon());
    assertEquals(0, exitOf(started(backend().create(spec, soon()), "true")).code());
  }

  @Test
  void awaitEnd_killedFromOutside_saysWhy() throws Exception {
    Sandbox sandbox = newSandbox();
    Container container = started(sandbox, "sleep 1000");
    ProcessHandle.of(sandbox.pid()).orElseThrow().destroyForcibly();
    assertFalse(Eventually.returns("end of the sandbox", sandbox::awaitEnd).isBlank());
    assertEquals(137, exitOf(container).code());
    assertRefused(ErrorCode.WRONG_STATE, () -> started(sandbox, "true"));
  }

  @Test
  void usage_busyContainer_counts() throws Exception {
    Sandbox sandbox = sandbox();
    Container container = started(sandbox, "i=0; while true; do i=$((i+1)); done");
    Usage busy =
        Eventually.get(
            "CPU time and memory of a busy container",
            () ->
                Optional.of(container.usage(soon()))
                    .filter(u -> u.cpuNanos() > 50_000_000L && u.memoryBytes() > 0));
    assertTrue(busy.pids() >= 1, busy::toString);
    Usage whole = sandbox.usage(soon());
    assertTrue(whole.cpuNanos() >= busy.cpuNanos(), whole::toString);
    assertTrue(whole.memoryBytes() > 0, whole::toString);
  }

  @Test
  void connect_portThatListens_givesBothDirections() throws Exception {
    Sandbox sandbox = sandbox();
    int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
    started(sandbox, "while true; do /bin/busybox nc -l -p " + port + " -e /bin/cat; done");
    ByteChannel channel =
        Eventually.get(
            "a listener on port " + port,
            () -> {
              try {
                return Optional.of(sandbox.connect(port, soon()));
              } catch (SandboxException e) {
                return Optional.empty(); // not yet
              }
            });
    try (channel) {
      channel.write(ByteBuffer.wrap("ping".getBytes(StandardCharsets.UTF_8)));
      byte[] answer = new byte[4];
      Eventually.returns(
          "the echo", () -> Channels.newInputStream(channel).readNBytes(answer, 0, 4));
      assertEquals("ping", new String(answer, StandardCharsets.UTF_8));
    }
  }

  @Test
  void connect_nobodyListens_isRefused() throws Exception {
    Sandbox sandbox = sandbox();
    assertRefused(ErrorCode.UNAVAILABLE, () -> sandbox.connect(9, soon()));
  }
}
