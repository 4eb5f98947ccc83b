package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** StopPodSandbox: ends all processes, and gives back the network and the cgroup. */
final class PodSandboxStop implements OwnCall<StopPodSandboxRequest, StopPodSandboxResponse> {
  private static final Logger LOG = LoggerFactory.getLogger(PodSandboxStop.class);

  private final Pods pods;
  private final PodTeardown teardown;
  private final SandboxWatch watch;
  private final Timeouts timeouts;

  PodSandboxStop(Pods pods, PodTeardown teardown, SandboxWatch watch, Timeouts timeouts) {
    this.pods = pods;
    this.teardown = teardown;
    this.watch = watch;
    this.timeouts = timeouts;
  }

  @Override
  public StopPodSandboxResponse call(StopPodSandboxRequest request) {
    Optional<Pod> pod = pods.findPod(request.getPodSandboxId());
    if (pod.isPresent()) {
      stopInTurn(pod.get(), CallDeadline.atMost(timeouts.turn()));
    }
    return StopPodSandboxResponse.getDefaultInstance();
  }

  /** Waits for the pod's turn, and stops it. */
  void stopInTurn(Pod pod, Deadline turn) {
    try (Turn.Taken _ = pod.takeTurn("stop", turn)) {
      stop(pod);
    }
  }

  /** Stops a pod in whatever state it is; the caller has its turn. */
  void stop(Pod pod) {
    if (pod.record().phase() == Phase.STOPPED) {
      return;
    }
    end(pod);
    SandboxRecord record = pod.record();
    List<String> failures = new ArrayList<>();
    // An address is given back only once nobody answers on it, the namespace only after that.
    attempt("detach it from the network", () -> teardown.detachNetwork(record), failures);
    if (failures.isEmpty()) {
      attempt("delete its network namespace", () -> teardown.deleteNamespace(record), failures);
    }
    attempt("delete its cgroup", () -> teardown.deleteCgroup(record), failures);
    attempt("remove its files", () -> teardown.removeFiles(record), failures);
    if (!failures.isEmpty()) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE,
          "pod sandbox "
              + pod.id()
              + " is not fully stopped, repeat this: "
              + String.join("; ", failures));
    }
    var _ = pod.announce(now -> now.withPhase(Phase.STOPPED, now.note()));
  }

  private void end(Pod pod) {
    pod.sandbox()
        .ifPresent(
            sandbox -> {
              try {
                sandbox.stop(Deadline.after(timeouts.kill()));
              } catch (RuntimeException e) {
                LOG.warn(
                    "pod sandbox {} did not stop ({}); it is ended by force",
                    pod.id(),
                    e.getMessage());
              }
            });
    // Also after a stop that went well: it ends what the backend started around the sandbox.
    teardown.purge(pod.record());
    watch.end(pod, "");
  }

  private static void attempt(String what, Steps.Effect act, List<String> failures) {
    try {
      act.run();
    } catch (Exception e) {
      failures.add("could not " + what + ": " + Steps.failure(what, e).getMessage());
    }
  }
}
