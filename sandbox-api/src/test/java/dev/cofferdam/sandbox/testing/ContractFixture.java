package dev.cofferdam.sandbox.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What the contract's tests are made of; what a backend's own tests may be made of, too. */
public abstract class ContractFixture {
  protected static final int SIGTERM = 15;
  protected static final int SIGKILL = 9;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Short, because sockets get made below it. */
  @TempDir protected Path folder;

  private final List<SandboxSpec> sandboxes = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** The backend; the same one in all of a test, but for {@link #restart}. */
  protected abstract Backend backend();

  /** The backend as the shim's next process would open it. */
  protected abstract Backend restart();

  protected abstract String variant();

  /** Fails unless the text of {@code /proc/version} was read behind the right wall. */
  protected abstract void assertWall(String kernelVersion) throws Exception;

  /** Fails if anything of this sandbox is left on the host. */
  protected abstract void assertNothingLeft(SandboxSpec spec) throws Exception;

  /** A root file system with a static {@code /bin/busybox} and a {@code /bin/sh}. */
  protected Path makeRootFilesystem() throws Exception {
    Path root = Files.createDirectory(folder.resolve("rootfs-" + newId().substring(0, 8)));
    Path bin = Files.createDirectory(root.resolve("bin"));
    Path busybox = Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (String applet :
        List.of("sh", "cat", "echo", "sleep", "id", "pwd", "env", "stty", "test", "true", "tty")) {
      Files.createLink(bin.resolve(applet), busybox);
    }
    Files.createDirectory(root.resolve("tmp"));
    return root;
  }

  /** What {@link #makeRootFilesystem} makes, in the form that the backend wants. */
  protected RootFilesystem rootFilesystem() throws Exception {
    return new RootFilesystem.Directory(makeRootFilesystem());
  }

  /** A network namespace of the sandbox's own, where the backend can be given one. */
  protected Optional<Path> networkNamespace() throws Exception {
    return Optional.empty();
  }

  protected static String newId() {
    byte[] id = new byte[32];
    RANDOM.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  protected static Deadline soon() {
    return Deadline.after(Patience.of(Duration.ofSeconds(30)));
  }

  /** For one sandbox to start in: longer where that takes long. */
  protected Deadline enoughToStart() {
    return soon();
  }

  protected SandboxSpec sandboxSpec() throws Exception {
    String id = newId();
    SandboxSpec spec =
        new SandboxSpec(
            id,
            variant(),
            Files.createDirectory(folder.resolve("s-" + id.substring(0, 8))),
            "pod-of-the-test",
            networkNamespace(),
            Optional.empty(),
            Resources.UNLIMITED,
            Map.of(),
            false,
            false);
    sandboxes.add(spec);
    return spec;
  }

  protected Sandbox newSandbox() throws Exception {
    return backend().create(sandboxSpec(), enoughToStart());
  }

  /**
   * For tests that neither end their sandbox nor need one that is new: a backend whose sandboxes
   * take long to start may give the same one again and again.
   */
  protected Sandbox sandbox() throws Exception {
    return newSandbox();
  }

  protected SandboxSpec specOf(Sandbox sandbox) {
    return sandboxes.stream().filter(s -> s.id().equals(sandbox.id())).findFirst().orElseThrow();
  }

  protected static ProcessSpec process(boolean terminal, String... args) {
    return new ProcessSpec(
        List.of(args),
        List.of("PATH=/bin:/usr/bin", "GREETING=hello"),
        "/",
        ProcessSpec.User.ROOT,
        Set.of("CAP_KILL", "CAP_NET_BIND_SERVICE"),
        Set.of(),
        true,
        terminal);
  }

  protected static ProcessSpec shell(String script) {
    return process(false, "/bin/sh", "-c", script);
  }

  protected ContainerSpec containerSpec(ProcessSpec process, Stdio stdio) throws Exception {
    return containerSpec(process, stdio, List.of());
  }

  protected ContainerSpec containerSpec(ProcessSpec process, Stdio stdio, List<MountSpec> mounts)
      throws Exception {
    String id = newId();
    return new ContainerSpec(
        id,
        "app-" + id.substring(0, 4),
        Files.createDirectory(folder.resolve("c-" + id.substring(0, 8))),
        rootFilesystem(),
        false,
        mounts,
        process,
        Resources.UNLIMITED,
        stdio,
        List.of(),
        List.of(),
        false,
        Optional.empty());
  }

  protected PipeStdio pipes() throws Exception {
    PipeStdio pipes = new PipeStdio(Files.createDirectory(folder.resolve("p-" + newId())));
    opened.add(pipes);
    return pipes;
  }

  /** A container that runs a script and writes nowhere. */
  protected Container started(Sandbox sandbox, String script) throws Exception {
    Container container = sandbox.createContainer(containerSpec(shell(script), Stdio.NONE), soon());
    container.start(soon());
    return container;
  }

  protected static ExitStatus exitOf(Container container) throws Exception {
    return Eventually.returns("exit of the container", container::awaitExit);
  }

  /** Fails unless the call is refused with this code. Gives the message. */
  protected static String assertRefused(ErrorCode code, Executable call) {
    SandboxException e = Assertions.assertThrows(SandboxException.class, call);
    assertEquals(code, e.code(), () -> "of: " + e.getMessage());
    return String.valueOf(e.getMessage());
  }

  @AfterEach
  void leaveNothing() throws Exception {
    for (SandboxSpec spec : sandboxes) {
      backend().purge(spec, soon());
      assertNothingLeft(spec);
    }
    for (AutoCloseable stream : opened) {
      stream.close();
    }
  }
}
