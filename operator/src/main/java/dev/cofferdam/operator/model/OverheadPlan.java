package dev.cofferdam.operator.model;

import dev.cofferdam.policy.FixedOverhead;
import dev.cofferdam.policy.OverheadSource;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import dev.cofferdam.policy.node.SandboxOverhead;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a RuntimeClass should say that a sandbox costs: as the policy says, or the most that nodes
 * measured, rounded up, and changed only when it is off by more than a tenth. The scheduler reads
 * it for new pods only, so a number that moves with every measurement would help nobody.
 */
public final class OverheadPlan {
  private static final long KIBIBYTE = 1 << 10;
  private static final long MEBIBYTE = KIBIBYTE << 10;
  private static final long MEMORY_STEP_BYTES = MEBIBYTE / 4;
  private static final long CPU_STEP_MILLIS = 5;

  private static final BigDecimal TENTH = new BigDecimal("0.1");

  private OverheadPlan() {}

  /**
   * What the class should say.
   *
   * @param said what the policy's status says now
   * @param measured the most that an eligible node measured; empty where none has
   * @return null: the class says nothing of overhead
   */
  public static @Nullable PodOverhead of(
      SandboxPolicySpec policy, @Nullable PodOverhead said, Optional<SandboxOverhead> measured) {
    if (policy.overhead() == OverheadSource.FIXED) {
      FixedOverhead fixed = policy.overheadFixed();
      return fixed == null ? null : new PodOverhead(fixed.cpu(), fixed.memory());
    }
    if (measured.isEmpty()) {
      // Pods that wait for a node should not find their class changed when it comes.
      return said;
    }
    Quantity cpu = cpu(measured.get().cpuMillis());
    Quantity memory = memory(measured.get().memoryBytes());
    if (cpu == null && memory == null) {
      return said;
    }
    return new PodOverhead(
        kept(said == null ? null : said.cpu(), cpu),
        kept(said == null ? null : said.memory(), memory));
  }

  private static @Nullable Quantity cpu(@Nullable Long millis) {
    return millis == null || millis <= 0
        ? null
        : new Quantity(roundedUp(millis, CPU_STEP_MILLIS) + "m");
  }

  /** As the API server writes it, or every comparison with what it has would differ. */
  private static @Nullable Quantity memory(@Nullable Long bytes) {
    if (bytes == null || bytes <= 0) {
      return null;
    }
    long rounded = roundedUp(bytes, MEMORY_STEP_BYTES);
    return new Quantity(
        rounded % MEBIBYTE == 0 ? rounded / MEBIBYTE + "Mi" : rounded / KIBIBYTE + "Ki");
  }

  private static long roundedUp(long amount, long step) {
    return (amount + step - 1) / step * step;
  }

  private static @Nullable Quantity kept(@Nullable Quantity said, @Nullable Quantity measured) {
    if (said == null || measured == null) {
      return measured;
    }
    BigDecimal old = said.getNumericalAmount();
    BigDecimal off = measured.getNumericalAmount().subtract(old).abs();
    return off.compareTo(old.multiply(TENTH)) > 0 ? measured : said;
  }
}
