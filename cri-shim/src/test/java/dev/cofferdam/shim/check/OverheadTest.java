package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.shim.check.Overhead.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverheadTest {
  @Test
  void overhead_isThatOfTheMostExpensivePod() {
    Overhead overhead =
        new Overhead(
            List.of(new Shape(1, false, 30, 5, 40, 35), new Shape(5, true, 20, 50, 60, 60)));
    assertEquals(30, overhead.memoryBytes());
    assertEquals(50, overhead.cpuMillis());
  }

  @Test
  void cpu_isWhatGoesBeyondTheContainers_neverLessThanNothing() {
    assertEquals(250, OverheadCheck.cpuMillis(400_000_000, 150_000_000, 1_000_000_000));
    assertEquals(0, OverheadCheck.cpuMillis(100, 150, 1_000));
  }

  @Test
  void pss_isReadFromTheKernelsRollup() {
    assertEquals(
        1234 << 10,
        PodReading.pss("00400000-7fff ---p\nRss:  9999 kB\nPss:  1234 kB\nPss_Anon:  7 kB\n"));
  }
}
