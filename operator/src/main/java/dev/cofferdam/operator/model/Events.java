package dev.cofferdam.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Events about a policy, a node or a pod. */
public final class Events {

  /** Where Events about objects without a namespace have to lie. */
  public static final String NAMESPACE = "default";

  static final String CONTROLLER = "cofferdam.dev/operator";

  // The API server takes a note of at most 1,024 bytes.
  private static final int NOTE_LENGTH = 1000;
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private Events() {}

  /**
   * An Event that tells why {@code note} came to be.
   *
   * @param regarding what it is about; without a namespace it lies in {@link #NAMESPACE}
   * @param instance which process says it
   * @param sequence makes the name unique among Events of the same instant
   */
  public static Event of(
      ObjectReference regarding,
      Reason reason,
      String note,
      String instance,
      Instant now,
      long sequence) {
    String name = regarding.getName();
    String namespace = regarding.getNamespace();
    long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    return new EventBuilder()
        .withNewMetadata()
        .withName("%s.%x.%x".formatted(name, micros, sequence))
        .withNamespace(namespace == null ? NAMESPACE : namespace)
        .endMetadata()
        .withRegarding(regarding)
        .withType(reason.normal() ? "Normal" : "Warning")
        .withReason(reason.toString())
        .withAction("Reconcile")
        .withNote(note.length() > NOTE_LENGTH ? note.substring(0, NOTE_LENGTH) : note)
        .withReportingController(CONTROLLER)
        .withReportingInstance(instance)
        .withEventTime(new MicroTime(MICROS.format(now)))
        .build();
  }

  /** What an Event is about. */
  public static ObjectReference about(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .withResourceVersion(object.getMetadata().getResourceVersion())
        .build();
  }
}
