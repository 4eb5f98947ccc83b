package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.Events;
import dev.cofferdam.operator.model.Reason;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Tells people, by Events, what came to be. Thread-safe. */
public final class Teller {
  private final EventSink events;
  private final Clock clock;
  private final String instance;
  private final AtomicLong sequence = new AtomicLong();

  /**
   * Tells in the name of one process.
   *
   * @param instance which process says it
   */
  public Teller(EventSink events, Clock clock, String instance) {
    this.events = events;
    this.clock = clock;
    this.instance = instance;
  }

  public void tell(ObjectReference regarding, Reason reason, String note) {
    Instant now = clock.instant();
    events.write(Events.of(regarding, reason, note, instance, now, sequence.incrementAndGet()));
  }
}
