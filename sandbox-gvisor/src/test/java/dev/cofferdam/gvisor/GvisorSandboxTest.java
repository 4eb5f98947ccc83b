package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.linux.Pty;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is gVisor's own, beyond the contract. */
class GvisorSandboxTest extends GvisorFixture {
  private static final String IDENTITY =
      "id -u; id -g; id -G; pwd; echo $NAME;"
          + " /bin/busybox grep -E 'NoNewPrivs|CapBnd|CapEff' /proc/self/status";

  private String outputOf(Sandbox sandbox, ContainerSpec spec, PipeStdio pipes) throws Exception {
    Container container = sandbox.createContainer(spec, soon());
    container.start(soon());
    exitOf(container);
    return pipes.output() + pipes.errors();
  }

  @Test
  void awaitExit_ofAContainerWhoseSentryWasKilled_saysSo() throws Exception {
    Sandbox sandbox = newSandbox();
    Container container = started(sandbox, "sleep 1000");
    ProcessHandle.of(sandbox.pid()).orElseThrow().destroyForcibly();
    String why = exitOf(container).why();
    assertTrue(why.contains("sentry"), why);
  }

  @Test
  void awaitExit_ofAContainerWhoseGoferWasKilled_saysThat() throws Exception {
    SandboxSpec spec = sandboxSpec();
    Container container = started(backend().create(spec, soon()), "sleep 1000");
    HostProcesses processes = new HostProcesses(Layout.of(runtime(), spec).root());
    for (long pid : processes.all()) {
      List<String> arguments = HostProcesses.arguments(pid);
      if (arguments.getFirst().equals("runsc-gofer") && arguments.contains(container.id())) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    String why = exitOf(container).why();
    assertTrue(why.contains("gofer"), why);
  }

  @Test
  void awaitExit_ofAContainerThatWasToBeKilled_saysNothing() throws Exception {
    Container container = started(newSandbox(), "sleep 1000");
    container.kill(soon());
    assertEquals("", exitOf(container).why());
  }

  @Test
  void sweepSandboxes_ofWhichNobodyKnows_areEndedAndTheOthersLive() throws Exception {
    SandboxSpec lost = sandboxSpec();
    SandboxSpec kept = sandboxSpec();
    var _ = backend().create(lost, soon());
    Container container = started(backend().create(kept, soon()), "sleep 1000");
    Path cutOff = Layout.of(runtime(), lost).root().resolveSibling("ab".repeat(16) + ".gone");
    Files.createDirectories(cutOff.resolve("rest"));

    List<String> swept = backend().sweepSandboxes(kept.id()::startsWith, soon());

    assertEquals(2, swept.size(), swept.toString());
    assertFalse(Files.exists(cutOff));
    assertEquals(Optional.empty(), backend().find(lost, soon()));
    assertNothingLeft(lost);
    assertEquals(1, container.processes(soon()).size());
  }

  @Test
  void start_terminal_isTheControllingTerminal() throws Exception {
    Pty pty = Pty.open();
    try {
      Pty.resize(pty.master(), 99, 33);
      Optional<Path> slave = Optional.of(pty.slave());
      String script = "test -t 0 && echo terminal; stty size; echo mine > /dev/tty; exit 4";
      Container container =
          newSandbox()
              .createContainer(
                  containerSpec(
                      process(true, "/bin/sh", "-c", script), new Stdio(slave, slave, slave)),
                  soon());
      container.start(soon());
      InputStream output = Pty.stream(pty.master()).input();
      StringBuilder screen = new StringBuilder();
      Eventually.returns(
          "output of the terminal",
          () -> {
            while (screen.indexOf("mine") < 0) {
              byte[] bytes = new byte[100];
              int count = output.read(bytes);
              screen.append(new String(bytes, 0, Math.max(0, count), StandardCharsets.UTF_8));
            }
            return 0;
          });
      assertEquals("terminal\r\n33 99\r\nmine\r\n", screen.toString());
      assertEquals(4, exitOf(container).code());
    } finally {
      pty.master().close();
    }
  }

  @Test
  void process_identity_isHonouredAtStartAndInExec() throws Exception {
    PipeStdio pipes = pipes();
    ProcessSpec process =
        new ProcessSpec(
            List.of("/bin/sh", "-c", IDENTITY + "; sleep 1000"),
            List.of("PATH=/bin", "NAME=value"),
            "/tmp",
            new ProcessSpec.User(1234, 567, List.of(89L)),
            Set.of("CAP_KILL"),
            Set.of(),
            true,
            false);
    Sandbox sandbox = newSandbox();
    ContainerSpec spec = containerSpec(process, pipes.stdio());
    Container container = sandbox.createContainer(spec, soon());
    container.start(soon());
    String seen = outputWith(pipes, "NoNewPrivs");
    String expected = "1234\n567\n567 89\n/tmp\nvalue\n";
    assertTrue(seen.startsWith(expected), seen);
    assertTrue(seen.contains("CapBnd:\t0000000000000020"), seen);
    assertTrue(seen.contains("CapEff:\t0000000000000000"), seen);
    assertTrue(seen.contains("NoNewPrivs:\t1"), seen);
    ProcessSpec inside =
        new ProcessSpec(
            List.of("/bin/sh", "-c", IDENTITY),
            process.environment(),
            "/tmp",
            process.user(),
            process.capabilities(),
            Set.of(),
            true,
            false);
    try (ExecProcess exec = container.exec(inside, soon())) {
      String text =
          Eventually.returns(
              "exec's output",
              () -> new String(exec.stdout().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(seen, text);
    }
  }

  @Test
  void mounts_volume_isSeenLiveAndReadOnlyWhereAsked() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Files.writeString(volume.resolve("file"), "one\n");
    PipeStdio pipes = pipes();
    ContainerSpec spec =
        containerSpec(
            shell("cat /v/file; read go; cat /v/file; echo x > /v/file || echo refused"),
            pipes.stdio(),
            List.of(MountSpec.bind(volume.toString(), "/v", true)));
    Container container = newSandbox().createContainer(spec, soon());
    container.start(soon());
    Path update = Files.writeString(folder.resolve("update"), "two\n");
    assertEquals("one\n", outputWith(pipes, "one\n"));
    Files.move(
        update,
        volume.resolve("file"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
    pipes.write("go\n");
    exitOf(container);
    assertEquals("two\nrefused\n", pipes.output());
  }

  @Test
  void rootFilesystem_written_isOnDiskOfTheHost() throws Exception {
    ContainerSpec spec = containerSpec(shell("echo a > /a; echo b > /tmp/b"), Stdio.NONE);
    Container container = newSandbox().createContainer(spec, soon());
    container.start(soon());
    assertEquals(0, exitOf(container).code());
    Path root = ((RootFilesystem.Directory) spec.rootFilesystem()).path();
    assertEquals("a\n", Files.readString(root.resolve("a")));
    assertEquals("b\n", Files.readString(root.resolve("tmp/b")));
    try (Stream<Path> files = Files.list(root)) {
      assertFalse(files.anyMatch(f -> f.getFileName().toString().startsWith(".gvisor")));
    }
  }

  @Test
  void processes_sharedNamespace_seeEachOther() throws Exception {
    SandboxSpec own = sandboxSpec();
    SandboxSpec shared =
        new SandboxSpec(
            own.id(),
            own.variant(),
            own.directory(),
            own.hostname(),
            own.networkNamespace(),
            own.cgroup(),
            own.resources(),
            own.sysctls(),
            true,
            false);
    Sandbox sandbox = backend().create(shared, soon());
    started(sandbox, "exec sleep 4242");
    PipeStdio pipes = pipes();
    String script = "cat /proc/[0-9]*/cmdline | /bin/busybox tr '\\0' ' '";
    String output = outputOf(sandbox, containerSpec(shell(script), pipes.stdio()), pipes);
    assertTrue(output.contains("sleep 4242"), output);
    assertTrue(output.contains("/pause"), output);
  }

  @Test
  void exec_manyAtOnce_allAnswer() throws Exception {
    Container container = started(newSandbox(), "sleep 1000");
    List<Thread> threads =
        Stream.generate(
                () ->
                    Thread.ofVirtual()
                        .unstarted(
                            () -> {
                              try (ExecProcess exec = container.exec(shell("exit 3"), soon())) {
                                assertEquals(3, exec.awaitExit().code());
                              } catch (InterruptedException e) {
                                throw new AssertionError(e);
                              }
                            }))
            .limit(20)
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void network_ofTheHost_isSharedAndDialled() throws Exception {
    SandboxSpec own = sandboxSpec();
    SandboxSpec spec =
        new SandboxSpec(
            own.id(),
            own.variant(),
            own.directory(),
            own.hostname(),
            Optional.empty(),
            Optional.empty(),
            own.resources(),
            own.sysctls(),
            false,
            false);
    Sandbox sandbox = backend().create(spec, soon());
    try (ServerSocket host = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String connect = "/bin/busybox nc 127.0.0.1 " + host.getLocalPort() + " < /dev/null";
      Container container = started(sandbox, connect);
      Eventually.returns("a connection from inside", host::accept).close();
      exitOf(container);
      sandbox.connect(host.getLocalPort(), soon()).close();
    }
  }

  @Test
  void mount_bidirectional_isRefusedByName() throws Exception {
    MountSpec mount =
        new MountSpec(
            MountSpec.Kind.BIND,
            "/v",
            folder.toString(),
            false,
            false,
            MountSpec.Propagation.BIDIRECTIONAL,
            List.of());
    Sandbox sandbox = newSandbox();
    String message =
        assertRefused(
            ErrorCode.UNSUPPORTED,
            () ->
                sandbox.createContainer(
                    containerSpec(shell("true"), Stdio.NONE, List.of(mount)), soon()));
    assertTrue(message.contains("/v"), message);
  }

  @Test
  void cgroup_ofThePod_holdsAllHostProcesses() throws Exception {
    String path = "/cofferdam-test-" + newId().substring(0, 12) + "/pod";
    Path memory = Path.of("/sys/fs/cgroup/memory" + path);
    assumeTrue(Files.exists(Path.of("/sys/fs/cgroup/memory")), "cgroup v1 only");
    Files.createDirectories(memory);
    Files.writeString(memory.resolve("memory.limit_in_bytes"), "300000000");
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
    try {
      Sandbox sandbox = backend().create(spec, soon());
      started(sandbox, "sleep 1000");
      PipeStdio pipes = pipes();
      String meminfo =
          outputOf(sandbox, containerSpec(shell("cat /proc/meminfo"), pipes.stdio()), pipes);
      assertTrue(meminfo.contains("MemTotal:         292"), meminfo);
      List<Long> host = new HostProcesses(Layout.of(runtime(), spec).root()).all();
      List<Long> inside =
          Files.readAllLines(memory.resolve("cgroup.procs")).stream().map(Long::valueOf).toList();
      assertTrue(host.size() >= 2, host::toString); // sentry, the container's gofer
      assertTrue(inside.containsAll(host), () -> host + " not all in " + inside);
      sandbox.stop(soon());
      sandbox.delete(soon());
      assertTrue(Files.exists(memory), "the shim's own cgroup is gone");
      assertFalse(Files.exists(Path.of("/sys/fs/cgroup/pids" + path)), "a cgroup is left");
      assertFalse(
          Files.exists(Path.of("/sys/fs/cgroup/pids" + path).getParent()), "a parent is left");
    } finally {
      backend().purge(spec, soon());
      Files.delete(memory);
      Files.delete(memory.getParent());
    }
  }

  @Test
  void probe_kvmThatHangs_timesOutAndLeavesNothing() throws Exception {
    ProbeResult result = backend().probe("kvm", Duration.ofSeconds(4));
    // Where KVM works it may say so; what it must not do is hang, or leave something behind.
    if (!result.works()) {
      assertFalse(result.detail().isBlank());
    }
    try (Stream<Path> left = Files.list(runtime().resolve("probes"))) {
      assertEquals(0, left.count());
    }
    System.out.println("kvm: " + result);
  }
}
