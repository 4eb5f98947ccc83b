package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.Requirement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One node. Immutable.
 *
 * @param uid of the Node; null while there is only what its shim says
 * @param labels of the Node, without ours
 * @param served the requirements that the Node has a label for
 * @param proof null while its shim has said nothing
 */
record NodeEntry(
    String name,
    @Nullable String uid,
    Map<String, String> labels,
    Set<String> served,
    @Nullable Proof proof,
    boolean stale) {

  private static final String ZONE = "topology.kubernetes.io/zone";

  static NodeEntry unknown(String name) {
    return new NodeEntry(name, null, Map.of(), Set.of(), null, false);
  }

  boolean isThere() {
    return uid != null;
  }

  /** Blank without the label. */
  String zone() {
    return labels.getOrDefault(ZONE, "");
  }

  NodeEntry withNode(String newUid, Map<String, String> all) {
    Map<String, String> theirs = new HashMap<>();
    Set<String> ours = new HashSet<>();
    all.forEach(
        (key, value) -> {
          if (key.startsWith(Requirement.LABEL_PREFIX)) {
            ours.add(key.substring(Requirement.LABEL_PREFIX.length()));
          } else {
            theirs.put(key.intern(), value.intern());
          }
        });
    return new NodeEntry(name, newUid, Map.copyOf(theirs), Set.copyOf(ours), proof, stale);
  }

  NodeEntry withoutNode() {
    return new NodeEntry(name, null, Map.of(), Set.of(), proof, stale);
  }

  NodeEntry withProof(@Nullable Proof newProof) {
    return new NodeEntry(name, uid, labels, served, newProof, stale);
  }

  NodeEntry withStale(boolean isStale) {
    return new NodeEntry(name, uid, labels, served, proof, isStale);
  }
}
