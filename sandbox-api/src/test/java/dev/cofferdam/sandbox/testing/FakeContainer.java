package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A process of this machine in the role of a container. */
final class FakeContainer implements Container {
  private final FakeBackend backend;
  private final ContainerSpec spec;
  private final Runnable forget;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final Set<FakeExec> execs = ConcurrentHashMap.newKeySet();
  private @Nullable Process process;

  FakeContainer(FakeBackend backend, ContainerSpec spec, Runnable forget) {
    this.backend = backend;
    this.spec = spec;
    this.forget = forget;
  }

  @Override
  public String id() {
    return spec.id();
  }

  @Override
  public synchronized void start(Deadline deadline) {
    backend.failIfAsked("start");
    if (process == null) {
      Process started = HostProcess.start(spec.process(), redirections(spec.stdio()));
      process = started;
      HostProcess.onEnd(started, () -> exit.complete(HostProcess.statusOf(started)));
    }
  }

  private static String redirections(Stdio stdio) {
    return "exec 0<"
        + file(stdio.stdin())
        + " 1<>"
        + file(stdio.stdout())
        + " 2<>"
        + file(stdio.stderr())
        + ";";
  }

  private static String file(Optional<Path> stream) {
    return "'" + stream.map(Path::toString).orElse("/dev/null") + "'";
  }

  private synchronized Optional<Process> started() {
    return Optional.ofNullable(process);
  }

  void end() {
    started().ifPresent(HostProcess::endTree);
    execs.forEach(FakeExec::close);
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "container " + spec.id() + " was never started", e);
    }
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    started().ifPresent(p -> HostProcess.signal(p, signal));
  }

  @Override
  public void kill(Deadline deadline) {
    end();
  }

  @Override
  public ExecProcess exec(ProcessSpec process, Deadline deadline) {
    backend.failIfAsked("exec");
    if (started().isEmpty()) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "container " + spec.id() + " has not been started");
    }
    FakeExec exec = new FakeExec(HostProcess.start(process, ""));
    execs.add(exec);
    return exec;
  }

  @Override
  public List<Long> processes(Deadline deadline) {
    return running().map(ProcessHandle::pid).toList();
  }

  private Stream<ProcessHandle> running() {
    Stream<Process> roots =
        Stream.concat(started().stream(), execs.stream().map(FakeExec::process));
    return roots
        .flatMap(p -> Stream.concat(Stream.of(p.toHandle()), p.descendants()))
        .filter(ProcessHandle::isAlive);
  }

  @Override
  public Usage usage(Deadline deadline) {
    List<ProcessHandle> running = running().toList();
    long cpuNanos =
        running.stream()
            .map(p -> p.info().totalCpuDuration().orElse(Duration.ZERO))
            .mapToLong(Duration::toNanos)
            .sum();
    return new Usage(Instant.now(), cpuNanos, running.size() * (1L << 20), running.size());
  }

  @Override
  public void update(Resources resources, Deadline deadline) {
    throw new SandboxException(ErrorCode.UNSUPPORTED, "the fake limits nothing");
  }

  @Override
  public void delete(Deadline deadline) {
    end();
    if (started().isEmpty()) {
      exit.completeExceptionally(new IllegalStateException("never started"));
    }
    forget.run();
  }
}
