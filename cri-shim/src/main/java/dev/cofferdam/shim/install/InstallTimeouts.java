package dev.cofferdam.shim.install;

import java.time.Duration;

/**
 * How long each thing may take before it counts as failed.
 *
 * @param shim from its start until it answers
 * @param canary one pod, from the call for it until nothing of it is left
 * @param kubelet from its restart until its node is ready
 * @param call one question to a runtime
 * @param patience how many times the usual that is
 */
public record InstallTimeouts(
    Duration shim, Duration canary, Duration kubelet, Duration call, int patience) {
  public static InstallTimeouts usual() {
    return new InstallTimeouts(
        Duration.ofSeconds(40),
        Duration.ofSeconds(50),
        Duration.ofSeconds(50),
        Duration.ofSeconds(10),
        1);
  }

  /** For a slow machine. */
  public InstallTimeouts times(int factor) {
    return new InstallTimeouts(
        shim.multipliedBy(factor),
        canary.multipliedBy(factor),
        kubelet.multipliedBy(factor),
        call.multipliedBy(factor),
        patience * factor);
  }
}
