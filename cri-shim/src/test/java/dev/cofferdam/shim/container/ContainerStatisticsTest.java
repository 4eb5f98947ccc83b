package dev.cofferdam.shim.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.CpuUsage;
import dev.cofferdam.sandbox.Usage;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ContainerStatisticsTest {
  private static CpuUsage cpu(long nanos) {
    return ContainerStatistics.cpu(new Usage(Instant.EPOCH, nanos, 1 << 20, 1), 0);
  }

  @Test
  void cpu_ofLessThanATick_isNotZeroAndNeverFalls() {
    long idle = cpu(0).getUsageCoreNanoSeconds().getValue();
    long tick = cpu(10_000_000).getUsageCoreNanoSeconds().getValue();
    assertTrue(idle > 0, "metrics-server leaves a pod out where one container's CPU time is 0");
    assertEquals(10_000_000, tick);
    assertTrue(idle < tick);
  }
}
