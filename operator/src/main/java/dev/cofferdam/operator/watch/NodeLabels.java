package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.reconcile.Teller;
import dev.cofferdam.policy.Requirement;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives nodes the labels that they have earned and takes those that they have lost; nothing is
 * written for a node whose labels are right. Thread-safe.
 */
final class NodeLabels {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLabels.class);
  private static final int AT_ONCE = 8;
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final KubernetesClient client;
  private final Fleet fleet;
  private final Teller teller;
  private final Clock clock;
  private final Runnable written;
  private final Consumer<Node> patched;
  private final WorkQueue queue;

  /**
   * @param written called after each write
   * @param patched takes the node as it is after a write
   */
  NodeLabels(
      KubernetesClient client,
      Fleet fleet,
      Teller teller,
      Clock clock,
      Runnable written,
      Consumer<Node> patched) {
    this.client = client;
    this.fleet = fleet;
    this.teller = teller;
    this.clock = clock;
    this.written = written;
    this.patched = patched;
    this.queue = new WorkQueue("node-labels", AT_ONCE, RETRY, this::putRight);
  }

  void start() {
    queue.start();
  }

  void stop() {
    queue.stop();
  }

  /** Has a look at these nodes soon. */
  void look(Iterable<String> nodes) {
    nodes.forEach(queue::add);
  }

  /** Whether the node's labels are right now. */
  private boolean putRight(String name) {
    Map<String, Optional<String>> changes = fleet.labelChanges(name, clock.instant());
    if (changes.isEmpty()) {
      return true;
    }
    Map<String, String> labels = new HashMap<>();
    changes.forEach((key, value) -> labels.put(key, value.orElse(null)));
    try {
      Node node =
          client
              .nodes()
              .withName(name)
              .patch(MERGE, Serialization.asJson(Map.of("metadata", Map.of("labels", labels))));
      written.run();
      if (node != null) {
        patched.accept(node);
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return true;
      }
      LOG.warn("The labels of node {} were not written: {}", name, e.getMessage());
      return false;
    }
    fleet.uid(name).ifPresent(uid -> tell(name, uid, changes));
    return true;
  }

  private void tell(String name, String uid, Map<String, Optional<String>> changes) {
    ObjectReference node =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(name)
            .withUid(uid)
            .build();
    changes.forEach(
        (key, value) -> {
          if (value.isEmpty()) {
            String requirement = key.substring(Requirement.LABEL_PREFIX.length());
            teller.tell(
                node,
                Reason.PROOF_LOST,
                "took label %s away: %s; pods that run there stay"
                    .formatted(key, fleet.whyNot(name, requirement)));
          } else {
            teller.tell(node, Reason.PROVED, "gave label " + key);
          }
        });
  }
}
