package dev.cofferdam.shim.state;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a shim of another version wrote into records and this one does not know. It is written back
 * with every change, so that the other one, once it is back, finds it again. Thread-safe.
 */
final class UnknownFields {
  private final Map<Path, ObjectNode> byFolder = new ConcurrentHashMap<>();

  /**
   * Remembers what the text has and the record has not.
   *
   * @param text as it was read
   * @param known what this shim would write of it
   */
  void remember(Path folder, JsonNode text, JsonNode known) {
    if (text instanceof ObjectNode all && known instanceof ObjectNode ours) {
      ObjectNode unknown = difference(all, ours);
      if (!unknown.isEmpty()) {
        byFolder.put(folder, unknown);
      }
    }
  }

  /** Adds what is remembered, where the record still has the place for it. */
  JsonNode added(Path folder, JsonNode record) {
    ObjectNode unknown = byFolder.get(folder);
    if (unknown != null && record instanceof ObjectNode target) {
      add(unknown, target);
    }
    return record;
  }

  void forget(Path folder) {
    byFolder.remove(folder);
  }

  private static ObjectNode difference(ObjectNode all, ObjectNode known) {
    ObjectNode difference = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : all.properties()) {
      JsonNode ours = known.get(field.getKey());
      if (ours == null) {
        difference.set(field.getKey(), field.getValue());
      } else if (ours instanceof ObjectNode inner && field.getValue() instanceof ObjectNode outer) {
        ObjectNode deeper = difference(outer, inner);
        if (!deeper.isEmpty()) {
          difference.set(field.getKey(), deeper);
        }
      }
    }
    return difference;
  }

  private static void add(ObjectNode unknown, ObjectNode target) {
    for (Map.Entry<String, JsonNode> field : unknown.properties()) {
      JsonNode present = target.get(field.getKey());
      if (present == null) {
        target.set(field.getKey(), field.getValue());
      } else if (present instanceof ObjectNode inner
          && field.getValue() instanceof ObjectNode deeper) {
        add(deeper, inner);
      }
    }
  }
}
