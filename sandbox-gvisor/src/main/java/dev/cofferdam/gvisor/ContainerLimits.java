package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The limits of one container: told to the sentry, and where it only counts, enforced by us. */
final class ContainerLimits {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerLimits.class);
  private static final int SIGKILL = 9;
  private static final Duration TELLING = Duration.ofSeconds(30);
  private static final Duration KILLING = Duration.ofSeconds(5);

  private final ContainerSpec spec;
  private final Control control;
  private final Layout layout;
  private final MemoryWatch memory;
  private final CpuWatch cpu;
  private final ToLongFunction<Resources> pids;
  private volatile Resources limits;
  private @Nullable CompletableFuture<Integer> telling;

  /**
   * @param pids most processes and threads, out of the limits
   */
  ContainerLimits(
      ContainerSpec spec,
      Control control,
      Layout layout,
      MemoryWatch memory,
      CpuWatch cpu,
      ToLongFunction<Resources> pids) {
    this.spec = spec;
    this.control = control;
    this.layout = layout;
    this.memory = memory;
    this.cpu = cpu;
    this.pids = pids;
    this.limits = spec.resources();
  }

  /** Begins to tell the sentry, so that the limits hold from the first instruction on. */
  synchronized void prepare() {
    if (limits.memoryBytes() > 0) {
      memory.prepareForAnother();
    }
    if (telling == null) {
      telling = tell(limits);
    }
  }

  void awaitPrepared(Deadline deadline) {
    CompletableFuture<Integer> now;
    synchronized (this) {
      now = telling == null ? tell(limits) : telling;
      telling = null; // another start is another try
    }
    await(now, deadline);
  }

  /**
   * Has them written in the root container, which alone may: by the control socket's own call for
   * it, {@code Cgroups.WriteControlFiles}, a sentry with cgroups of version 2 dies (a nil pointer).
   */
  private CompletableFuture<Integer> tell(Resources next) {
    CompletableFuture<Integer> told = new CompletableFuture<>();
    if (!Files.exists(layout.innerCgroups())) {
      told.complete(0); // started by an earlier shim, or by an unknown runsc: nothing to write to
      return told;
    }
    long most = pids.applyAsLong(next);
    ProcessSpec writer =
        new ProcessSpec(
            ContainerCgroup.command(spec.id(), next, most),
            List.of(),
            "/",
            ProcessSpec.User.ROOT,
            Set.of(),
            Set.of(),
            true,
            false);
    Thread.ofVirtual()
        .name("gvisor-limits-" + spec.id())
        .start(
            () -> {
              Deadline deadline = Deadline.after(TELLING);
              try (ExecProcess run =
                  control.exec(Layout.ROOT_CONTAINER, writer, layout, deadline)) {
                told.complete(run.awaitExit().code());
              } catch (InterruptedException | RuntimeException e) {
                told.completeExceptionally(e);
              }
            });
    return told;
  }

  private void await(CompletableFuture<Integer> told, Deadline deadline) {
    String what = "setting the limits of container " + spec.id();
    try {
      int code = told.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
      if (code != 0) {
        throw new SandboxException(
            ErrorCode.INVALID_ARGUMENT, what + ": the sentry refused one of them, errno " + code);
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SandboxException known
          ? new SandboxException(known.code(), what + ": " + known.getMessage(), known)
          : new SandboxException(ErrorCode.INTERNAL, what + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted while " + what, e);
    }
  }

  /** To be called once the container runs. */
  void enforce() {
    memory.limit(spec.id(), limits.memoryBytes(), this::killForMemory);
    cpu.limit(spec, limits);
  }

  /**
   * Sets other limits.
   *
   * @throws SandboxException WRONG_STATE where the container uses more memory already: nobody is to
   *     be killed by a resize
   */
  void change(Resources next, boolean running, Deadline deadline) {
    if (running && next.memoryBytes() > 0) {
      requireRoom(next.memoryBytes(), deadline);
    }
    awaitPending(deadline); // what was told before must not come after
    await(tell(next), deadline);
    limits = next;
    if (running) {
      enforce();
    }
  }

  private void awaitPending(Deadline deadline) {
    CompletableFuture<Integer> pending;
    synchronized (this) {
      pending = telling;
    }
    if (pending != null) {
      await(pending, deadline);
    }
  }

  private void requireRoom(long limit, Deadline deadline) {
    long used = memory.unreclaimable(spec.id(), deadline);
    if (limit < limits.memoryBytes() && used > limit) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE,
          "container "
              + spec.id()
              + " uses "
              + used
              + " bytes of memory already, more than the new limit of "
              + limit);
    }
  }

  /** Written down first: the shim may end between the kill and the news of the exit. */
  private void killForMemory(long used) {
    LOG.warn(
        "container {} ({}) uses {} bytes of memory, more than its limit of {}: it is killed",
        spec.id(),
        spec.name(),
        used,
        limits.memoryBytes());
    try {
      Files.write(Layout.outOfMemory(spec), new byte[0]);
    } catch (IOException e) {
      LOG.warn("that container {} is out of memory is not on disk: {}", spec.id(), e.getMessage());
    }
    try {
      control.signal(spec.id(), SIGKILL, Control.Delivery.ALL_PROCESSES, Deadline.after(KILLING));
    } catch (Refused e) {
      return; // it has ended meanwhile
    }
  }

  /** Whether it was killed for using more than its limit. */
  boolean outOfMemory() {
    return Files.exists(Layout.outOfMemory(spec));
  }

  /** Whether, when the pod as a whole ran out of memory, this one was among those at fault. */
  boolean blamed() {
    return memory.blames(spec.id());
  }

  void ended() {
    memory.forget(spec.id());
    cpu.forget(spec.id());
  }

  void endedWithSandbox() {
    memory.sandboxEnded();
    cpu.sandboxEnded();
  }
}
