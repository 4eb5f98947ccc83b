package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.shim.check.Overhead.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverheadTest {
  @Test
  void overhead_isThatOfOneContainer_memoryBetweenIdleAndUnderLoad_andWhatEachFurtherOneAdds() {
    Overhead overhead =
        new Overhead(
            List.of(
                new Shape(1, false, 20, 5, 40, 35),
                new Shape(1, true, 30, 270, 40, 35),
                new Shape(5, false, 44, 9, 60, 60),
                new Shape(5, true, 50, 90, 60, 60)));
    assertEquals(24, overhead.memoryBytes());
    assertEquals(5, overhead.cpuMillis());
    assertEquals(6, overhead.memoryBytesAContainer());
  }

  @Test
  void memory_whereLoadCostsManyTimesAsMuch_isAFifthLessThanThat() {
    Overhead overhead =
        new Overhead(List.of(new Shape(1, false, 20, 5, 40, 35), new Shape(1, true, 100, 5, 9, 9)));
    assertEquals(80, overhead.memoryBytes());
  }

  @Test
  void overhead_ofOneShapeOnly_knowsNothingOfFurtherContainers() {
    Overhead overhead = new Overhead(List.of(new Shape(1, false, 20, 5, 40, 35)));
    assertEquals(20, overhead.memoryBytes());
    assertEquals(0, overhead.memoryBytesAContainer());
  }

  @Test
  void cpu_isWhatGoesBeyondTheContainers_neverLessThanNothing() {
    assertEquals(250, OverheadCheck.cpuMillis(400_000_000, 150_000_000, 1_000_000_000));
    assertEquals(0, OverheadCheck.cpuMillis(100, 150, 1_000));
  }

  @Test
  void pss_isTheSumOfTheKernelsRollups() {
    assertEquals(
        9 << 10,
        PodReading.bytes(
            """
            00400000-7fff ---p
            Rss:                9999 kB
            Pss:                1234 kB
            Pss_Anon:              7 kB
            Pss_File:           1225 kB
            Pss_Shmem:             2 kB
            Pss_Anon:              2 kB
            """,
            "Pss_Anon:"));
  }

  @Test
  void containersOfASentry_haveOnlySharedMemory_thoseOfAGuestAllTheyUse() {
    PodReading reading = new PodReading(0, 9, 3, 1, 10, 0);
    assertEquals(3, reading.containersBytes(5, false));
    assertEquals(2, reading.containersBytes(2, false));
    assertEquals(5, reading.containersBytes(5, true));
  }
}
