package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.v1.Process;
import dev.cofferdam.microvm.guest.v1.ProcessExit;
import dev.cofferdam.microvm.guest.v1.ProcessRef;
import dev.cofferdam.microvm.guest.v1.Resources;
import dev.cofferdam.microvm.guest.v1.Usage;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import java.time.Instant;

/** The SPI's words in the guest protocol's, and back. */
final class GuestProcesses {
  static final int KILLED = 137;

  private GuestProcesses() {}

  static ProcessRef first(String containerId) {
    return ProcessRef.newBuilder().setContainerId(containerId).build();
  }

  static Process process(ProcessSpec spec) {
    Process.Builder process =
        Process.newBuilder()
            .addAllArgs(spec.args())
            .addAllEnvironment(spec.environment())
            .setWorkingDirectory(spec.workingDirectory())
            .setUid((int) spec.user().uid())
            .setGid((int) spec.user().gid())
            .addAllCapabilities(spec.capabilities())
            .addAllAmbientCapabilities(spec.ambientCapabilities())
            .setNoNewPrivileges(spec.noNewPrivileges())
            .setTerminal(spec.terminal());
    spec.user()
        .supplementaryGroups()
        .forEach(gid -> process.addSupplementaryGroups(gid.intValue()));
    return process.build();
  }

  static Resources resources(dev.cofferdam.sandbox.Resources limits) {
    return Resources.newBuilder()
        .setCpuShares(limits.cpuShares())
        .setCpuQuotaMicros(limits.cpuQuotaMicros())
        .setCpuPeriodMicros(limits.cpuPeriodMicros())
        .setMemoryBytes(limits.memoryBytes())
        .setMemorySwapBytes(limits.memorySwapBytes())
        .setPids(limits.pids())
        .build();
  }

  /** Its clock may lie: the time is ours. */
  static ExitStatus exit(ProcessExit exit) {
    int code = exit.getCode() & 0xff;
    return new ExitStatus(code, exit.getOutOfMemory(), Instant.now());
  }

  static dev.cofferdam.sandbox.Usage usage(Usage usage) {
    return new dev.cofferdam.sandbox.Usage(
        Instant.now(),
        positive(usage.getCpuNanos()),
        positive(usage.getMemoryWorkingSetBytes()),
        positive(usage.getMemoryBytes()),
        positive(usage.getMemoryAnonymousBytes()),
        positive(usage.getPids()));
  }

  private static long positive(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }
}
