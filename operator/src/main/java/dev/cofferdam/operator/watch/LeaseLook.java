package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Heartbeats;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all nodes' Leases now and then. A list every few seconds costs less than a watch that
 * tells of every heartbeat of every node. Not thread-safe.
 */
final class LeaseLook {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseLook.class);
  private static final long PAGE = 500;

  private final KubernetesClient client;
  private final String namespace;
  private final Heartbeats heartbeats;
  private final Supplier<Set<String>> expected;
  private final Supplier<Set<String>> notReady;
  private final Consumer<Set<String>> stale;

  /**
   * @param namespace that the nodes' Leases lie in
   * @param expected the nodes that should have one
   * @param notReady the nodes that are not ready
   * @param stale takes the nodes that have not been heard of for too long
   */
  LeaseLook(
      KubernetesClient client,
      String namespace,
      Heartbeats heartbeats,
      Supplier<Set<String>> expected,
      Supplier<Set<String>> notReady,
      Consumer<Set<String>> stale) {
    this.client = client;
    this.namespace = namespace;
    this.heartbeats = heartbeats;
    this.expected = expected;
    this.notReady = notReady;
    this.stale = stale;
  }

  void look() {
    Map<String, String> renewTimes = new HashMap<>();
    try {
      @Nullable String next = null;
      do {
        LeaseList page =
            client
                .leases()
                .inNamespace(namespace)
                .list(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
        for (Lease lease : page.getItems()) {
          renewTimes.put(
              lease.getMetadata().getName(), String.valueOf(lease.getSpec().getRenewTime()));
        }
        next = page.getMetadata().getContinue();
      } while (next != null && !next.isEmpty());
    } catch (KubernetesClientException e) {
      LOG.warn("The nodes' Leases could not be read: {}", e.getMessage());
      heartbeats.outage();
      return;
    }
    Duration now = Duration.ofNanos(System.nanoTime());
    stale.accept(heartbeats.look(renewTimes, expected.get(), notReady.get(), now));
  }
}
