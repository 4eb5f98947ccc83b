package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A sub-container of a sandbox. */
final class GvisorContainer implements Container {
  private static final int SIGKILL = 9;

  private final ContainerSpec spec;
  private final Runsc runsc;
  private final Control control;
  private final SandboxEnd sandboxEnd;
  private final ContainerLimits limits;
  private final ContainerExit exit;
  private final Runnable forget;

  /** Starting and deleting take turns. */
  private final ReentrantLock lifecycle = new ReentrantLock();

  GvisorContainer(
      ContainerSpec spec,
      Runsc runsc,
      Control control,
      SandboxEnd sandboxEnd,
      ContainerLimits limits,
      Runnable forget) {
    this.spec = spec;
    this.runsc = runsc;
    this.control = control;
    this.sandboxEnd = sandboxEnd;
    this.forget = forget;
    this.limits = limits;
    this.exit = new ContainerExit(spec.id(), control, sandboxEnd, limits);
    if (isStarted()) {
      exit.watch();
      limits.enforce();
    }
  }

  /** Begins what need not wait for the start. */
  void prepare() {
    if (!isStarted()) {
      limits.prepare();
    }
  }

  @Override
  public String id() {
    return spec.id();
  }

  @Override
  public void start(Deadline deadline) {
    lifecycle.lock();
    try {
      if (!isStarted()) {
        limits.awaitPrepared(deadline);
        startFirstProcess(deadline);
        exit.watch();
        limits.enforce();
      }
    } finally {
      lifecycle.unlock();
    }
  }

  private void startFirstProcess(Deadline deadline) {
    CommandLog log = Layout.log(spec);
    try {
      if (spec.process().terminal()) {
        runsc.createContainer(spec.id(), Layout.bundle(spec), log, deadline);
        control.giveTerminal(spec.id(), spec.stdio(), deadline);
        runsc.startCreated(spec.id(), log, deadline);
      } else {
        runsc.startContainer(spec.id(), Layout.bundle(spec), spec.stdio(), log, deadline);
      }
      if (!isStarted()) {
        throw runsc.failed("run", "reported success, but no container runs", log);
      }
    } catch (RuntimeException e) {
      if (isStarted()) {
        try {
          runsc.deleteContainer(spec.id(), log, Deadline.after(Duration.ofSeconds(10)));
        } catch (RuntimeException left) {
          e.addSuppressed(left); // deleting the container, or its sandbox, finishes it
        }
      }
      throw e;
    }
  }

  /** runsc's own record of it: there from its start to its deletion, across our restarts. */
  private boolean isStarted() {
    return Files.exists(runsc.layout().state(spec.id()));
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    return exit.await();
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    if (signal == SIGKILL) {
      exit.wanted();
    }
    deliver(signal, Control.Delivery.PROCESS, deadline);
  }

  @Override
  public void kill(Deadline deadline) {
    exit.wanted();
    deliver(SIGKILL, Control.Delivery.ALL_PROCESSES, deadline);
  }

  private void deliver(int signal, Control.Delivery delivery, Deadline deadline) {
    if (!isStarted()) {
      return;
    }
    try {
      control.signal(spec.id(), signal, delivery, deadline);
    } catch (Refused e) {
      if (!exit.hasEnded(deadline.atMost(Duration.ofSeconds(1)))) {
        throw Sentry.refused("signal " + signal, spec.id(), e);
      }
    } catch (SandboxException e) {
      // A sandbox that has ended took this container with it.
      if (e.code() != ErrorCode.UNAVAILABLE
          || !exit.hasEnded(deadline.atMost(Duration.ofSeconds(1)))) {
        throw e;
      }
    }
  }

  @Override
  public ExecProcess exec(ProcessSpec process, Deadline deadline) {
    requireStarted("run a process in");
    return control.exec(spec.id(), process, runsc.layout(), deadline);
  }

  @Override
  public List<Long> processes(Deadline deadline) {
    return isStarted() ? control.processes(spec.id(), deadline) : List.of();
  }

  @Override
  public Usage usage(Deadline deadline) {
    requireStarted("measure");
    return control.usage(spec.id(), deadline);
  }

  @Override
  public void update(Resources resources, Deadline deadline) {
    lifecycle.lock();
    try {
      limits.change(resources, isStarted(), deadline);
    } finally {
      lifecycle.unlock();
    }
  }

  @Override
  public void delete(Deadline deadline) {
    lifecycle.lock();
    try {
      exit.wanted();
      if (isStarted()) {
        deleteStarted(deadline);
      }
      Trees.delete(Layout.bundle(spec));
      limits.ended();
      exit.deleted();
      forget.run();
    } catch (IOException e) {
      throw Failures.io("removing container " + spec.id(), e);
    } finally {
      lifecycle.unlock();
    }
  }

  private void deleteStarted(Deadline deadline) throws IOException {
    if (sandboxEnd.isRunning()) {
      try {
        runsc.deleteContainer(spec.id(), Layout.log(spec), deadline);
        return;
      } catch (SandboxException e) {
        if (sandboxEnd.isRunning()) {
          throw e;
        }
      }
    }
    // runsc deletes nothing without the sentry's consent; without a sentry only the record is left.
    Files.deleteIfExists(runsc.layout().state(spec.id()));
  }

  private void requireStarted(String what) {
    if (!isStarted()) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE,
          "cannot " + what + " container " + spec.id() + ": it has not been started");
    }
  }
}
