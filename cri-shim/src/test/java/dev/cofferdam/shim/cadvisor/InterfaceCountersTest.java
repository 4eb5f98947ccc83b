package dev.cofferdam.shim.cadvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class InterfaceCountersTest {
  private static final String TEXT =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo:       9       9    9    9    0     0          0         0        9       9    9    9    0     0       0          0
        eth0:    1010      11    1    2    0     0          0         0     2020      22    3    4    0     0       0          0
      broken
      """;

  @Test
  void counters_ofEveryInterfaceButLoopback() {
    assertEquals(
        List.of(new InterfaceCounters("eth0", 1010, 11, 1, 2, 2020, 22, 3, 4)),
        InterfaceCounters.parse(TEXT.lines().toList()));
  }

  @Test
  void counters_ofNothing_areNone() {
    assertEquals(List.of(), InterfaceCounters.parse(List.of()));
    assertEquals(List.of(), InterfaceCounters.of(Integer.MAX_VALUE));
  }
}
