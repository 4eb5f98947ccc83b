package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MemoryRoomTest {
  private static final long MIB = 1L << 20;
  private final MemoryRoom room = new MemoryRoom(160 * MIB);

  @Test
  void stepsFor_aPodFarBelowItsLimit_isNone() {
    assertEquals(0, room.stepsFor(100 * MIB));
    assertEquals(
        160 * MIB - 160 * MIB / 6 / MemoryRoom.STEPS * MemoryRoom.STEPS - 20 * MIB,
        room.workload(0, 20 * MIB),
        "a sixth is kept back");
  }

  @Test
  void stepsFor_aPodThatStandsAtItsMark_goesOnToTheEndAndThenThereIsNoMark() {
    long others = 20 * MIB;
    long used = 100 * MIB;
    int looks = 0;
    int steps = room.stepsFor(used);
    while (steps < MemoryRoom.STEPS) {
      long workload = room.workload(steps, others);
      assertTrue(workload > used - others, "no room at all");
      assertTrue(workload + others < room.limit(), "the kernel would be first");
      used = workload + others;
      looks++;
      int next = room.stepsFor(used);
      assertTrue(next > steps, "it would stand for ever");
      steps = next;
    }
    assertEquals(MemoryRoom.STEPS, looks);
    assertEquals(MemoryRoom.ALL, room.workload(steps, others));
  }

  @Test
  void worthwhile_withoutALimit_orWithNextToNone_isFalse() {
    assertFalse(new MemoryRoom(Long.MAX_VALUE & -4096L).worthwhile());
    assertFalse(new MemoryRoom(48 * MIB).worthwhile());
    assertTrue(room.worthwhile());
  }
}
