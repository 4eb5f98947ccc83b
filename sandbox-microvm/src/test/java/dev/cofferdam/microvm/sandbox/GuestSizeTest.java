package dev.cofferdam.microvm.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuestSizeTest {
  private static final long MIB = 1 << 20;

  private static GuestSize of(long memoryBytes, long quota, long period) {
    return GuestSize.of(new Resources(0, quota, period, memoryBytes, 0, 0, "", ""), 256 * MIB, 2);
  }

  @Test
  void of_noLimits_isTheDefaultAndTheReserve() {
    assertEquals(new GuestSize(320 * MIB, 2), of(0, 0, 0));
  }

  @Test
  void of_limits_areRoundedUp() {
    assertEquals(new GuestSize(166 * MIB, 3), of(100 * MIB + 1, 250_000, 100_000));
    assertEquals(32, of(0, 9_900_000, 100_000).cpus());
  }

  @Test
  void of_tooLittleMemory_isRefusedWithTheNumber() {
    SandboxException e = assertThrows(SandboxException.class, () -> of(20 * MIB, 0, 0));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("32Mi"), e::getMessage);
  }

  private static Resources limits(long memoryBytes, long quota) {
    return new Resources(0, quota, 100_000, memoryBytes, 0, 0, "", "");
  }

  @Test
  void require_moreThanTheGuestHas_isRefusedWithBothNumbers() {
    GuestSize size = of(100 * MIB, 200_000, 100_000);
    Resources none = Resources.UNLIMITED;
    for (Resources wanted : List.of(limits(101 * MIB, 0), limits(0, 200_001))) {
      SandboxException e = assertThrows(SandboxException.class, () -> size.require(wanted, none));
      assertEquals(ErrorCode.UNSUPPORTED, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains("was booted with"), e::getMessage);
    }
  }

  @Test
  void require_whatTheGuestOrTheContainerHas_isNotRefused() {
    GuestSize size = of(100 * MIB, 200_000, 100_000);
    size.require(limits(100 * MIB, 200_000), Resources.UNLIMITED);
    size.require(Resources.UNLIMITED, limits(50 * MIB, 100_000));
    size.require(limits(300 * MIB, 400_000), limits(300 * MIB, 400_000));
  }
}
