package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.StopContainerRequest;
import dev.cofferdam.cri.v1.StopContainerResponse;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import java.time.Duration;
import java.util.Optional;

/** StopContainer: asks the first process to end, and kills all after the grace period. */
public final class ContainerStop implements OwnCall<StopContainerRequest, StopContainerResponse> {
  // Longer than any pod's grace period; it keeps the arithmetic of deadlines in range.
  private static final long MOST_GRACE_SECONDS = Duration.ofDays(365).toSeconds();

  private final Pods pods;
  private final Timeouts timeouts;

  public ContainerStop(Pods pods, Timeouts timeouts) {
    this.pods = pods;
    this.timeouts = timeouts;
  }

  @Override
  public StopContainerResponse call(StopContainerRequest request) {
    Optional<PodContainer> container = pods.findContainer(request.getContainerId());
    if (container.isPresent()) {
      long seconds = Math.clamp(request.getTimeout(), 0, MOST_GRACE_SECONDS);
      stop(container.get(), Duration.ofSeconds(seconds));
    }
    return StopContainerResponse.getDefaultInstance();
  }

  /** Returns once the container has exited; nothing to do for one that does not run. */
  void stop(PodContainer container, Duration grace) {
    if (container.record().phase() != Phase.RUNNING || container.handle().isEmpty()) {
      return;
    }
    Container handle = container.handle().get();
    if (!grace.isZero()) {
      if (container.mayAskToEnd()) {
        askToEnd(container, handle);
      }
      if (container.awaitExited(Deadline.after(grace))) {
        return;
      }
    }
    Deadline deadline = Deadline.after(timeouts.kill());
    handle.kill(deadline);
    if (!container.awaitExited(deadline)) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED,
          "container "
              + container.id()
              + " was killed but has not exited within "
              + timeouts.kill().toSeconds()
              + " s; stop its pod sandbox to end it with the wall around it");
    }
  }

  private void askToEnd(PodContainer container, Container handle) {
    try {
      handle.signal(container.record().stopSignal(), Deadline.after(timeouts.kill()));
    } catch (RuntimeException e) {
      container.wasNotAsked();
      throw e;
    }
  }
}
