package dev.cofferdam.operator.reconcile;

import io.fabric8.kubernetes.api.model.events.v1.Event;

/** Takes Events. Never fails: an Event that cannot be written must not stop what it tells of. */
public interface EventSink {
  void write(Event event);
}
