package dev.cofferdam.operator.rollout;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The DaemonSet and its pods, in the cluster. Thread-safe. */
final class Agents {
  static final String DAEMON_SET = "cofferdam-node";
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final KubernetesClient client;
  private final String namespace;

  Agents(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  Optional<DaemonSet> daemonSet() {
    return Optional.ofNullable(
        client.apps().daemonSets().inNamespace(namespace).withName(DAEMON_SET).get());
  }

  static int most(DaemonSet set, int nodes) {
    return Optional.ofNullable(set.getSpec().getUpdateStrategy().getRollingUpdate())
        .map(rolling -> rolling.getMaxUnavailable())
        .map(IntOrString::getValue)
        .map(value -> Turns.most(value.toString(), nodes))
        .orElse(1);
  }

  List<Agent> all() {
    return client.pods().inNamespace(namespace).withLabels(Agent.LABELS).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .map(Agent::of)
        .toList();
  }

  void give(Agent agent, Turn turn) {
    Pod _ =
        client
            .pods()
            .inNamespace(namespace)
            .withName(agent.pod())
            .patch(
                MERGE,
                Serialization.asJson(
                    Map.of(
                        "metadata", Map.of("annotations", Map.of(Agent.TURN, turn.toString())))));
  }
}
