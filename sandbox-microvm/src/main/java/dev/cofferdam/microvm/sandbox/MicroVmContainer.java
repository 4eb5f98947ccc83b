package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.ContainerStats;
import dev.cofferdam.microvm.guest.v1.DeleteContainerRequest;
import dev.cofferdam.microvm.guest.v1.GetStatsRequest;
import dev.cofferdam.microvm.guest.v1.ListProcessesRequest;
import dev.cofferdam.microvm.guest.v1.SignalRequest;
import dev.cofferdam.microvm.guest.v1.StartContainerRequest;
import dev.cofferdam.microvm.guest.v1.UpdateContainerRequest;
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
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A container in a guest. */
final class MicroVmContainer implements Container {
  private static final int SIGKILL = 9;

  private final ContainerSpec spec;
  private final GuestClient guest;
  private final SandboxEnd sandboxEnd;
  private final ContainerStreams streams;
  private final ContainerExit exit;

  /** Gives back what the container holds beside itself. */
  private final Consumer<Deadline> release;

  /** Starting and deleting take turns. */
  private final ReentrantLock lifecycle = new ReentrantLock();

  private final GuestSize size;
  private volatile boolean started;

  MicroVmContainer(
      ContainerSpec spec,
      GuestSize size,
      GuestClient guest,
      SandboxEnd sandboxEnd,
      Consumer<Deadline> release) {
    this.spec = spec;
    this.size = size;
    this.guest = guest;
    this.sandboxEnd = sandboxEnd;
    this.release = release;
    this.streams = new ContainerStreams(guest, spec, sandboxEnd);
    this.exit = new ContainerExit(spec.id(), guest, sandboxEnd, streams);
  }

  /** It runs, or has run. */
  void begin() {
    lifecycle.lock();
    try {
      if (!started) {
        streams.begin();
        exit.watch();
        started = true;
      }
    } finally {
      lifecycle.unlock();
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
      if (started) {
        return;
      }
      sandboxEnd.requireRunning();
      var _ =
          call(
              "starting",
              deadline,
              stub ->
                  stub.startContainer(
                      StartContainerRequest.newBuilder().setContainerId(spec.id()).build()));
      begin();
    } finally {
      lifecycle.unlock();
    }
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    return exit.await();
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    send(signal, false, deadline);
  }

  @Override
  public void kill(Deadline deadline) {
    send(SIGKILL, true, deadline);
  }

  private void send(int signal, boolean all, Deadline deadline) {
    if (!started || !sandboxEnd.isRunning()) {
      return;
    }
    try {
      var _ =
          call(
              "signalling",
              deadline,
              stub ->
                  stub.signal(
                      SignalRequest.newBuilder()
                          .setProcess(GuestProcesses.first(spec.id()))
                          .setSignal(signal)
                          .setAll(all)
                          .build()));
    } catch (SandboxException e) {
      boolean gone =
          e.code() == ErrorCode.NOT_FOUND
              || (e.code() == ErrorCode.UNAVAILABLE && !sandboxEnd.isRunning());
      if (!gone) {
        throw e;
      }
    }
  }

  @Override
  public ExecProcess exec(ProcessSpec process, Deadline deadline) {
    requireStarted("run a process in");
    return MicroVmExec.start(guest, sandboxEnd, spec.id(), process, deadline);
  }

  @Override
  public List<Long> processes(Deadline deadline) {
    if (!started || !sandboxEnd.isRunning()) {
      return List.of();
    }
    try {
      return call(
              "listing the processes of",
              deadline,
              stub ->
                  stub.listProcesses(
                      ListProcessesRequest.newBuilder().setContainerId(spec.id()).build()))
          .getPidsList()
          .stream()
          .map(Integer::toUnsignedLong)
          .toList();
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  @Override
  public Usage usage(Deadline deadline) {
    requireStarted("measure");
    return call(
            "measuring",
            deadline,
            stub -> stub.getStats(GetStatsRequest.newBuilder().addContainerIds(spec.id()).build()))
        .getContainersList()
        .stream()
        .filter(stats -> stats.getContainerId().equals(spec.id()))
        .map(ContainerStats::getUsage)
        .map(GuestProcesses::usage)
        .findFirst()
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.UNAVAILABLE, "the guest says nothing of container " + spec.id()));
  }

  @Override
  public void update(Resources resources, Deadline deadline) {
    size.require(resources, spec.resources());
    var _ =
        call(
            "limiting",
            deadline,
            stub ->
                stub.updateContainer(
                    UpdateContainerRequest.newBuilder()
                        .setContainerId(spec.id())
                        .setResources(GuestProcesses.resources(resources))
                        .build()));
  }

  @Override
  public void delete(Deadline deadline) {
    lifecycle.lock();
    try {
      if (sandboxEnd.isRunning()) {
        remove(deadline);
      }
      exit.deleted();
      streams.close();
      release.accept(deadline);
    } finally {
      lifecycle.unlock();
    }
  }

  private void remove(Deadline deadline) {
    try {
      var _ =
          call(
              "removing",
              deadline,
              stub ->
                  stub.deleteContainer(
                      DeleteContainerRequest.newBuilder().setContainerId(spec.id()).build()));
    } catch (SandboxException e) {
      if (sandboxEnd.isRunning()) {
        throw e;
      }
    }
  }

  private <R> R call(
      String what,
      Deadline deadline,
      java.util.function.Function<dev.cofferdam.microvm.guest.v1.GuestGrpc.GuestBlockingStub, R>
          call) {
    return guest.call(what + " container " + spec.id(), deadline, call);
  }

  private void requireStarted(String what) {
    if (!started) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE,
          "cannot " + what + " container " + spec.id() + ": it has not been started");
    }
    sandboxEnd.requireRunning();
  }
}
