package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class NetworkHealthTest {
  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger asked = new AtomicInteger();

  private NetworkHealth health(Supplier<Optional<String>> ask, Duration patience) {
    return new NetworkHealth(
        () -> {
          asked.incrementAndGet();
          return ask.get();
        },
        Duration.ofSeconds(4),
        patience,
        clock::get);
  }

  @Test
  void notReadyReason_askedOften_asksPluginsOnceInAWhile() throws Exception {
    NetworkHealth health = health(Optional::empty, Duration.ofSeconds(30));
    for (int i = 0; i < 5; i++) {
      assertEquals(Optional.empty(), health.notReadyReason());
    }
    assertEquals(1, asked.get());
    clock.addAndGet(Duration.ofSeconds(4).toNanos());
    assertEquals(Optional.empty(), health.notReadyReason());
    assertEquals(2, asked.get());
  }

  @Test
  void notReadyReason_pluginHangs_isSaidSoonAndItIsNotAskedAgain() throws Exception {
    BlockingQueue<Optional<String>> answers = new LinkedBlockingQueue<>();
    NetworkHealth health =
        health(
            () -> {
              try {
                return answers.take();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            },
            Duration.ofMillis(50));
    for (int i = 0; i < 3; i++) {
      assertTrue(health.notReadyReason().orElseThrow().contains("do not answer"));
    }
    assertEquals(1, asked.get());
    answers.add(Optional.of("no daemon"));
    String reason = health.notReadyReason().orElseThrow();
    while (reason.contains("do not answer")) {
      reason = health.notReadyReason().orElseThrow();
    }
    assertEquals("no daemon", reason);
  }

  @Test
  void notReadyReason_askingFails_isAReason() throws Exception {
    NetworkHealth health =
        health(
            () -> {
              throw new IllegalStateException("broken");
            },
            Duration.ofSeconds(30));
    assertTrue(health.notReadyReason().orElseThrow().contains("broken"));
    assertTrue(health.notReadyReason().orElseThrow().contains("broken"));
    assertEquals(2, asked.get());
  }
}
