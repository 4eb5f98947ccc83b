package dev.cofferdam.shim.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class StartSlotsTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void take_moreThanThereAre_neverLetsMoreRunAtOnce() throws InterruptedException {
    StartSlots slots = new StartSlots(2, LONG);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(50);
    for (int i = 0; i < 50; i++) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (StartSlots.Slot _ = slots.take()) {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  running.decrementAndGet();
                }
                done.countDown();
              });
    }
    done.await();
    assertTrue(most.get() <= 2, "running at once: " + most.get());
  }

  @Test
  void take_whereAllHang_goesOnWithoutOne_andGivesBackNothing() {
    StartSlots slots = new StartSlots(1, Duration.ofMillis(1));
    try (StartSlots.Slot _ = slots.take()) {
      slots.take().close();
      slots.take().close();
    }
    assertEquals(1, slots.free());
  }
}
