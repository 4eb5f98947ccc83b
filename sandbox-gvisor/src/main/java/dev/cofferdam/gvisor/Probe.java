package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Kvm;
import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a sandbox with a container that says which kernel it sees. A device that exists, or a runsc
 * that answers, proves nothing: platforms have been seen to hang at their first instruction.
 */
final class Probe {

  /** For the taking down after a timeout, which the caller does not see. */
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);

  private static final String KVM = "kvm";

  private final GvisorBackend backend;
  private final RunscVersion version;
  private final String variant;
  private final ProbeFolders folders;

  Probe(GvisorBackend backend, RunscVersion version, ProbeFolders folders, String variant) {
    this.backend = backend;
    this.version = version;
    this.variant = variant;
    this.folders = folders;
  }

  ProbeResult run(Duration timeout) {
    long start = System.nanoTime();
    Deadline deadline = Deadline.after(timeout);
    String program = "";
    try {
      program = version.get(deadline);
      String evidence = boot(deadline);
      return new ProbeResult(true, evidence, program, since(start));
    } catch (SandboxException e) {
      String reason =
          e.code() == ErrorCode.DEADLINE_EXCEEDED
              ? timedOut(since(start), timeout, e)
              : String.valueOf(e.getMessage());
      // What is below the platform explains much of what goes wrong on it.
      String below = variant.equals(KVM) ? Kvm.state() + ", " : "";
      return new ProbeResult(false, below + reason, program, since(start));
    }
  }

  /** A step may have a shorter time than the whole, so both are said, and which step it was. */
  private static String timedOut(Duration after, Duration timeout, SandboxException step) {
    return String.format(
        Locale.ROOT,
        "boot probe timed out after %.1f s of %.1f: %s",
        after.toMillis() / 1000.0,
        timeout.toMillis() / 1000.0,
        step.getMessage());
  }

  private static Duration since(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime);
  }

  private String boot(Deadline deadline) {
    Path directory = folders.begin();
    SandboxSpec spec = ProbeFolders.spec(directory, variant);
    try {
      Path output = directory.resolve("output");
      Files.createDirectories(directory);
      TinyProgram.witness().install(rootfs(directory));
      Files.createFile(output);
      NetworkNamespaces.create(ProbeFolders.network(directory));
      Sandbox sandbox = backend.create(spec, deadline);
      Container container = sandbox.createContainer(witness(directory, output), deadline);
      container.start(deadline);
      ExitStatus status = await(container::awaitExit, deadline);
      return verdict(status, Files.readString(output, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw Failures.io("probing in " + directory, e);
    } finally {
      folders.remove(directory, Deadline.after(UNDO_TIMEOUT));
    }
  }

  private static Path rootfs(Path directory) {
    return directory.resolve("rootfs");
  }

  private static ContainerSpec witness(Path directory, Path output) {
    ProcessSpec process =
        new ProcessSpec(
            List.of(TinyProgram.witness().path()),
            List.of(),
            "/",
            ProcessSpec.User.ROOT,
            Set.of(),
            Set.of(),
            true,
            false);
    return new ContainerSpec(
        "witness",
        "witness",
        directory.resolve("container"),
        new RootFilesystem.Directory(rootfs(directory)),
        true,
        List.of(),
        process,
        Resources.UNLIMITED,
        new Stdio(Optional.empty(), Optional.of(output), Optional.empty()),
        List.of(),
        List.of(),
        false,
        Optional.empty());
  }

  private static String verdict(ExitStatus status, String output) throws IOException {
    String seen = output.lines().findFirst().orElse("").strip();
    String host = Files.readString(Path.of("/proc/version"), StandardCharsets.UTF_8).strip();
    if (status.code() != 0 || seen.isEmpty()) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "the container that was to tell its kernel exited with " + status.code());
    }
    if (seen.equals(host) || !output.contains("gVisor")) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED, "the container did not run behind gVisor: it saw " + seen);
    }
    return seen;
  }

  private static <T> T await(Callable<T> wait, Deadline deadline) {
    FutureTask<T> task = new FutureTask<>(wait);
    Thread thread = Thread.ofVirtual().name("gvisor-probe").start(task);
    try {
      return task.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "the container does not end", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SandboxException known
          ? known
          : new SandboxException(ErrorCode.INTERNAL, "waiting for the container", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted", e);
    } finally {
      thread.interrupt();
    }
  }
}
