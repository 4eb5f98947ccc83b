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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** ExecSync: runs a command in a container, and answers with all that it printed. */
public final class ContainerExecSync implements OwnCall<ExecSyncRequest, ExecSyncResponse> {
  /** What containerd keeps of each stream. */
  private static final int MOST_OUTPUT_BYTES = 16 << 20;

  // A child left behind may hold the output open for ever; what comes late is not waited for.
  private static final Duration DRAIN = Duration.ofSeconds(2);
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
      BoundedOutput stdout = BoundedOutput.of(process.stdout(), MOST_OUTPUT_BYTES);
      BoundedOutput stderr = BoundedOutput.of(process.stderr(), MOST_OUTPUT_BYTES);
      ExitStatus exit = awaitExit(process, deadline, request);
      Deadline drain = Deadline.after(DRAIN);
      return ExecSyncResponse.newBuilder()
          .setStdout(ByteString.copyFrom(stdout.by(drain)))
          .setStderr(ByteString.copyFrom(stderr.by(drain)))
          .setExitCode(exit.code())
          .build();
    }
  }

  private static ExitStatus awaitExit(
      ExecProcess process, Deadline deadline, ExecSyncRequest request) {
    CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    Thread waiter =
        Thread.ofVirtual()
            .name("exec-sync")
            .start(
                () -> {
                  try {
                    exit.complete(process.awaitExit());
                  } catch (InterruptedException | RuntimeException e) {
                    exit.completeExceptionally(e);
                  }
                });
    try {
      return exit.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      waiter.interrupt();
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED,
          "command "
              + request.getCmdList()
              + " timed out: timeout "
              + request.getTimeout()
              + "s exceeded; it was killed",
          e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SandboxException coded) {
        throw coded;
      }
      throw Steps.failure("wait for " + request.getCmdList(), e);
    } catch (InterruptedException e) {
      throw Steps.failure("wait for " + request.getCmdList(), e);
    }
  }
}
