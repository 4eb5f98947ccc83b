package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;

/**
 * How large a guest is.
 *
 * @param memoryBytes the guest kernel's own share included
 */
public record GuestSize(long memoryBytes, int cpus) {
  private static final long MIB = 1 << 20;

  /** What the guest's kernel, agent and page tables need beside the pod's containers. */
  public static final long RESERVE_BYTES = 64 * MIB;

  /** Below this no container gets to run: the kernel needs room to unpack what it boots from. */
  private static final long LEAST_POD_BYTES = 32 * MIB;

  /** Firecracker has no more. */
  private static final int MOST_CPUS = 32;

  /**
   * @param limits the pod's; where it has none, the defaults count
   */
  static GuestSize of(Resources limits, long defaultMemoryBytes, int defaultCpus) {
    long memory = limits.memoryBytes() > 0 ? limits.memoryBytes() : defaultMemoryBytes;
    if (memory < LEAST_POD_BYTES) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "the pod's memory limit of "
              + memory
              + " bytes is too small for a microVM: it needs at least "
              + LEAST_POD_BYTES
              + " bytes ("
              + LEAST_POD_BYTES / MIB
              + "Mi)");
    }
    boolean limited = limits.cpuQuotaMicros() > 0 && limits.cpuPeriodMicros() > 0;
    long cpus =
        limited
            ? Math.ceilDiv(limits.cpuQuotaMicros(), limits.cpuPeriodMicros())
            : Math.max(1, defaultCpus);
    long whole = Math.ceilDiv(memory + RESERVE_BYTES, 2 * MIB) * 2 * MIB;
    return new GuestSize(whole, (int) Math.min(MOST_CPUS, Math.max(1, cpus)));
  }

  /**
   * Whether containers can have this much: a guest keeps the size that it was booted with.
   *
   * @param before what the container has had so far, which is never refused
   * @throws SandboxException UNSUPPORTED
   */
  void require(Resources wanted, Resources before) {
    long most = Math.max(memoryBytes - RESERVE_BYTES, before.memoryBytes());
    if (wanted.memoryBytes() > most) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "a memory limit of "
              + wanted.memoryBytes()
              + " bytes is more than the "
              + (memoryBytes - RESERVE_BYTES)
              + " bytes that this pod's guest was booted with, and a microVM that runs gets no more"
              + " memory: make the pod anew with that limit");
    }
    long quota = wanted.cpuQuotaMicros();
    if (quota > before.cpuQuotaMicros() && quota > cpus * wanted.cpuPeriodMicros()) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "a CPU limit of "
              + quota
              + " in "
              + wanted.cpuPeriodMicros()
              + " microseconds is more than the "
              + cpus
              + " CPUs that this pod's guest was booted with, and a microVM that runs gets no more:"
              + " make the pod anew with that limit");
    }
  }
}
