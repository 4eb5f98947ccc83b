package dev.cofferdam.shim.container;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.Invalid;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** ExecSync: runs a command in a container, and answers with all that it printed. */
public final class ContainerExecSync implements OwnCall<ExecSyncRequest, ExecSyncResponse> {
  /** What containerd keeps of each stream. */
  private static final int MOST_OUTPUT_BYTES = 16 << 20;

  // A child left behind may hold the output open for ever; what comes late is not waited for.
  private static final Duration DRAIN = Duration.ofSeconds(2);

  /** A pipe that is full before this is over makes its writer wait for no longer. */
  private static final Duration SHORT = Duration.ofMillis(25);

  private static final Duration NO_TIMEOUT = Duration.ofDays(365);

  private final Pods pods;
  private final Timeouts timeouts;

  public ContainerExecSync(Pods pods, Timeouts timeouts) {
    this.pods = pods;
    this.timeouts = timeouts;
  }

  @Override
  public ExecSyncResponse call(ExecSyncRequest request) throws IOException {
    PodContainer container = pods.container(request.getContainerId());
    if (request.getCmdCount() == 0) {
      throw Invalid.argument("cmd", "it is missing");
    }
    Invalid.requireRange("timeout", request.getTimeout(), 0, NO_TIMEOUT.toSeconds());
    Duration limit =
        request.getTimeout() == 0 ? NO_TIMEOUT : Duration.ofSeconds(request.getTimeout());
    Deadline deadline = Deadline.after(limit);
    try (ExecProcess process =
        container
            .running()
            .exec(
                ExecSpecs.of(container.record(), request.getCmdList(), false),
                deadline.atMost(timeouts.create()))) {
      process.stdin().close();
      // Most commands are done at once and print little: nobody need read beside them.
      Optional<ExitStatus> early = awaitExit(process, deadline.atMost(SHORT));
      BoundedOutput stdout = BoundedOutput.of(process.stdout(), MOST_OUTPUT_BYTES);
      BoundedOutput stderr = BoundedOutput.of(process.stderr(), MOST_OUTPUT_BYTES);
      ExitStatus exit =
          early.or(() -> awaitExit(process, deadline)).orElseThrow(() -> timedOut(request));
      Deadline drain = Deadline.after(DRAIN);
      return ExecSyncResponse.newBuilder()
          .setStdout(ByteString.copyFrom(stdout.by(drain)))
          .setStderr(ByteString.copyFrom(stderr.by(drain)))
          .setExitCode(exit.code())
          .build();
    }
  }

  private static Optional<ExitStatus> awaitExit(ExecProcess process, Deadline deadline) {
    try {
      return process.awaitExit(deadline);
    } catch (InterruptedException e) {
      throw Steps.failure("wait for a command's end", e);
    }
  }

  private static SandboxException timedOut(ExecSyncRequest request) {
    return new SandboxException(
        ErrorCode.DEADLINE_EXCEEDED,
        "command "
            + request.getCmdList()
            + " timed out: timeout "
            + request.getTimeout()
            + "s exceeded; it was killed");
  }
}
