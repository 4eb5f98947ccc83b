package dev.cofferdam.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import dev.cofferdam.policy.node.SandboxOverhead;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OverheadPlanTest {
  private static final long MEBIBYTE = 1 << 20;

  @Test
  void of_measured_isRoundedUp() {
    assertEquals(
        new PodOverhead(new Quantity("15m"), new Quantity("42240Ki")),
        plan(null, 41 * MEBIBYTE + 1, 12));
  }

  @Test
  void of_measuredWithinATenth_staysAsItIs() {
    PodOverhead said = new PodOverhead(new Quantity("50m"), new Quantity("44Mi"));
    assertEquals(said, plan(said, 46 * MEBIBYTE, 54));
  }

  @Test
  void of_measuredBeyondATenth_follows() {
    PodOverhead said = new PodOverhead(new Quantity("50m"), new Quantity("44Mi"));
    assertEquals(
        new PodOverhead(new Quantity("60m"), new Quantity("50Mi")), plan(said, 50 * MEBIBYTE, 57));
    assertEquals(
        new PodOverhead(new Quantity("20m"), new Quantity("20Mi")), plan(said, 20 * MEBIBYTE, 20));
  }

  @Test
  void of_nothingMeasured_keepsWhatWasSaid() {
    PodOverhead said = new PodOverhead(null, new Quantity("44Mi"));
    assertEquals(said, OverheadPlan.of(ExamplePolicy.minimal().getSpec(), said, Optional.empty()));
    assertNull(OverheadPlan.of(ExamplePolicy.minimal().getSpec(), null, Optional.empty()));
  }

  @Test
  void of_fixed_isAsThePolicySays() {
    assertEquals(
        new PodOverhead(new Quantity("50m"), new Quantity("1024Mi")),
        OverheadPlan.of(
            ExamplePolicy.everything().getSpec(),
            null,
            Optional.of(new SandboxOverhead(MEBIBYTE, 1L, null))));
  }

  private static @Nullable PodOverhead plan(@Nullable PodOverhead said, long bytes, long millis) {
    return OverheadPlan.of(
        ExamplePolicy.minimal().getSpec(),
        said,
        Optional.of(new SandboxOverhead(bytes, millis, null)));
  }
}
