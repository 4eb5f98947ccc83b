package dev.cofferdam.shim.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.check.Finding.StepTime;
import dev.cofferdam.shim.client.CriClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Sends one pod the whole way behind one variant of a backend. Used once, by one thread. */
final class VariantCheck {
  static final List<String> SERVE = List.of("serve");
  static final String SERVES = "canary serves";

  private static final long EATER_BYTES = 64L << 20;
  private static final int KILLED = 137;
  private static final String OUT_OF_MEMORY = "OOMKilled";
  private static final Duration REMOVING = Duration.ofMinutes(1);

  private final CriClient client;
  private final Leftovers leftovers;
  private final String backend;
  private final String variant;
  private final CheckPod pod;
  private final List<StepTime> steps = new ArrayList<>();
  private final long start = System.nanoTime();
  private String step = "";

  VariantCheck(
      CheckSite site, Leftovers leftovers, String backend, String variant, Deadline deadline) {
    this.client = site.client();
    this.leftovers = leftovers;
    this.backend = backend;
    this.variant = variant;
    this.pod = new CheckPod(site, backend, variant, deadline);
  }

  Finding run() throws InterruptedException {
    try {
      return way();
    } catch (StatusRuntimeException e) {
      return failed(words(e.getStatus()), e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED);
    } catch (SandboxException e) {
      return failed(String.valueOf(e.getMessage()), e.code() == ErrorCode.DEADLINE_EXCEEDED);
    } catch (IOException e) {
      return failed(e.toString(), false);
    }
  }

  private Finding way() throws IOException, InterruptedException {
    try {
      step("sandbox", pod::run);
      String server = step("container", () -> pod.start("serve", 0, SERVE));
      step("log", () -> pod.awaitLog("serve", SERVES));
      long coldStart = sinceStart();
      JsonNode info = pod.info();
      step("memory limit", this::exceed);
      Identity inside =
          step(
              "exec",
              () -> Identity.parse(pod.exec(server, List.of(CanaryImage.PROGRAM, "identity"))));
      String evidence =
          step(
              "identity",
              () -> inside.evidence(Identity.ofHost(), pod.info().path("wall"), variant));
      step("removal", () -> pod.remove(Deadline.after(REMOVING)));
      step("nothing left", () -> leftovers.refuse(pod.id(), info));
      return finding(
          true,
          evidence,
          false,
          info.path("wall").path("version").asText(),
          Optional.of(coldStart));
    } finally {
      // In every case but the last there is something: maybe a pod that came up after its time.
      CheckPodSweep.run(client, Deadline.after(REMOVING));
    }
  }

  /** A container that takes more than its limit is killed for it, and says so. */
  private void exceed() throws InterruptedException {
    ContainerStatus eater = pod.awaitExit(pod.start("eat", EATER_BYTES, List.of("eat")));
    if (eater.getExitCode() != KILLED || !eater.getReason().equals(OUT_OF_MEMORY)) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "a container that took more memory than its limit ended with %d %s instead of %d %s"
              .formatted(eater.getExitCode(), eater.getReason(), KILLED, OUT_OF_MEMORY));
    }
  }

  /** Something that is done for its effect. */
  private interface Effect {
    void run() throws Exception;
  }

  private void step(String name, Effect effect) throws IOException, InterruptedException {
    var _ =
        step(
            name,
            () -> {
              effect.run();
              return name;
            });
  }

  private <T> T step(String name, Callable<T> act) throws IOException, InterruptedException {
    step = name;
    long began = System.nanoTime();
    try {
      return act.call();
    } catch (RuntimeException | IOException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      steps.add(new StepTime(name, millis(System.nanoTime() - began)));
    }
  }

  private Finding failed(String why, boolean timedOut) {
    // What cannot be booted at all says enough itself.
    String where = step.equals("sandbox") ? "" : step + ": ";
    return finding(false, where + why, timedOut || why.contains("timed out"), "", Optional.empty());
  }

  private Finding finding(
      boolean works, String message, boolean timedOut, String version, Optional<Long> coldStart) {
    return new Finding(
        backend,
        variant,
        works,
        message,
        timedOut,
        version,
        sinceStart(),
        coldStart,
        steps,
        Optional.empty());
  }

  private long sinceStart() {
    return millis(System.nanoTime() - start);
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }

  private static String words(Status status) {
    String description = status.getDescription();
    return description == null ? status.getCode().toString() : description;
  }
}
