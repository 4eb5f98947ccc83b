package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StartContainerResponse;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.StartSlots;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.state.ContainerRecord.Phase;

/** StartContainer: runs the first process. Repeating it while that runs does nothing. */
public final class ContainerStart
    implements OwnCall<StartContainerRequest, StartContainerResponse> {
  // As containerd says it of a process that could not be started.
  private static final int NOT_STARTED = 128;
  private static final String START_ERROR = "StartError";

  private final Pods pods;
  private final ExitWatch watch;
  private final ContainerEvents events;
  private final Timeouts timeouts;
  private final StartSlots slots;
  private final Steps.Watch timing;

  /**
   * @param timing is told how long each step took
   */
  public ContainerStart(
      Pods pods,
      ExitWatch watch,
      ContainerEvents events,
      Timeouts timeouts,
      StartSlots slots,
      Steps.Watch timing) {
    this.pods = pods;
    this.watch = watch;
    this.events = events;
    this.timeouts = timeouts;
    this.slots = slots;
    this.timing = timing;
  }

  @Override
  public StartContainerResponse call(StartContainerRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    try (Turn.Taken _ = container.takeTurn("start", CallDeadline.atMost(timeouts.turn()))) {
      Phase phase = container.record().phase();
      switch (phase) {
        case CREATED -> {
          Steps steps = new Steps(timing);
          try (StartSlots.Slot _ =
              steps.run("wait for other containers that are starting", slots::take)) {
            start(container, steps);
          }
        }
        case RUNNING -> {}
        case CREATING, STARTING, EXITED ->
            throw new SandboxException(
                ErrorCode.WRONG_STATE,
                "container " + container.id() + " cannot be started: it is " + phase);
      }
    }
    return StartContainerResponse.getDefaultInstance();
  }

  private void start(PodContainer container, Steps steps) {
    var _ = container.pod().running();
    Container handle =
        container
            .handle()
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.WRONG_STATE,
                        "container " + container.id() + " is no longer in its sandbox"));
    steps.effect(
        "write that the container starts",
        () -> container.announce(record -> record.withPhase(Phase.STARTING)));
    // Taken before, for the process may have ended when the call returns.
    long startedAt = Clocks.nanos();
    try {
      steps.effect(
          "start its first process", () -> handle.start(Deadline.after(timeouts.create())));
    } catch (RuntimeException e) {
      container.observeExit(
          Clocks.nanos(), NOT_STARTED, START_ERROR, String.valueOf(e.getMessage()));
      events.of(container, ContainerEventType.CONTAINER_STOPPED_EVENT);
      throw e;
    }
    steps.effect(
        "write that the container runs",
        () ->
            container.observe(
                record -> record.phase() == Phase.STARTING ? record.running(startedAt) : record));
    events.of(container, ContainerEventType.CONTAINER_STARTED_EVENT);
    watch.begin(container, handle);
  }
}
