package dev.cofferdam.shim.live;

import java.util.Map;
import java.util.TreeMap;
import org.slf4j.MDC;

/** What lines of the log are about, for a thread that serves one pod or one container. */
public final class LogFields {
  private LogFields() {}

  /** Until {@link Scope#close}, this thread's lines are about this pod. */
  public static Scope of(Pod pod) {
    return scope(fields(pod));
  }

  /** Until {@link Scope#close}, this thread's lines are about this container. */
  public static Scope of(PodContainer container) {
    return scope(fields(container));
  }

  /** The fields of a pod. */
  public static Map<String, String> fields(Pod pod) {
    var metadata = pod.record().config().getMetadata();
    Map<String, String> fields = new TreeMap<>();
    fields.put("pod", metadata.getNamespace() + "/" + metadata.getName());
    fields.put("sandbox", pod.id());
    return fields;
  }

  /** The fields of a container, its pod's among them. */
  public static Map<String, String> fields(PodContainer container) {
    Map<String, String> fields = fields(container.pod());
    fields.put("container", container.id());
    fields.put("containerName", container.record().config().getMetadata().getName());
    return fields;
  }

  private static Scope scope(Map<String, String> fields) {
    Map<String, String> before = MDC.getCopyOfContextMap();
    fields.forEach(MDC::put);
    return () -> MDC.setContextMap(before == null ? Map.of() : before);
  }

  /** Ends what {@link LogFields} began. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }
}
