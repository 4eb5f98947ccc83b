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
 * @param stale whether its shim has not been heard of for too long
 * @param ready whether pods are scheduled to it, as far as its kubelet goes
 */
record NodeEntry(
    String name,
    @Nullable String uid,
    Map<String, String> labels,
    Set<String> served,
    @Nullable Proof proof,
    boolean stale,
    boolean ready) {

  private static final String ZONE = "topology.kubernetes.io/zone";

  static NodeEntry unknown(String name) {
    return new NodeEntry(name, null, Map.of(), Set.of(), null, false, true);
  }

  boolean isThere() {
    return uid != null;
  }

  /** Blank without the label. */
  String zone() {
    return labels.getOrDefault(ZONE, "");
  }

  /** A node that is ready again was away, as a whole maybe: its shim may take its time too. */
  NodeEntry withNode(String newUid, Map<String, String> all, boolean isReady) {
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
    boolean back = isReady && !ready;
    return new NodeEntry(
        name, newUid, Map.copyOf(theirs), Set.copyOf(ours), proof, stale && !back, isReady);
  }

  NodeEntry withoutNode() {
    return new NodeEntry(name, null, Map.of(), Set.of(), proof, stale, true);
  }

  NodeEntry withProof(@Nullable Proof newProof) {
    return new NodeEntry(name, uid, labels, served, newProof, stale, ready);
  }

  NodeEntry withStale(boolean isStale) {
    return new NodeEntry(name, uid, labels, served, proof, isStale, ready);
  }
}
