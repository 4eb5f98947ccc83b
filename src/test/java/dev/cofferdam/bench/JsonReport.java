package dev.cofferdam.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Results for programs: every value, so that others can compute with them. */
final class JsonReport {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private JsonReport() {}

  static String of(Results results) throws JsonProcessingException {
    ObjectNode root = JSON.createObjectNode();
    root.set("machine", JSON.valueToTree(results.machine()));
    ArrayNode comparisons = root.putArray("comparisons");
    for (Comparison each : results.comparisons()) {
      ObjectNode node = comparisons.addObject();
      node.put("name", each.name()).put("unit", each.unit()).put("against", each.against());
      node.set("ratio", JSON.valueToTree(each.ratio()));
      if (each.hasTarget()) {
        node.put("target", each.target()).put("met", each.met());
      }
      node.set("ours", JSON.valueToTree(each.ours()));
      node.set("others", JSON.valueToTree(each.others()));
    }
    ArrayNode footprints = root.putArray("footprints");
    for (Footprint each : results.footprints()) {
      ObjectNode node = footprints.addObject();
      node.put("pods", each.pods()).put("side", each.side());
      node.put("pssKibPerPod", each.pssKibPerPod());
      node.put("pssKibPerPodWithJvmAndKeeper", each.pssKibPerPodWithOwn());
      node.put("cpuMillisPerPodIn30Seconds", each.cpuMillisPerPodIn30Seconds());
      kinds(node.putObject("processes"), each.processes());
      kinds(node.putObject("pssKib"), each.pssKib());
      kinds(node.putObject("cpuMillis"), each.cpuMillis());
      node.put("seconds", each.seconds());
    }
    root.set("singles", JSON.valueToTree(results.singles()));
    return JSON.writeValueAsString(root) + "\n";
  }

  private static void kinds(ObjectNode node, Map<ProcessKind, ? extends Number> values) {
    values.forEach((kind, value) -> node.put(kind.title(), value.doubleValue()));
  }
}
