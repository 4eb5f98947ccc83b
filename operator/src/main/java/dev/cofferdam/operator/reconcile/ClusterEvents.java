package dev.cofferdam.operator.reconcile;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events through the API server. */
public final class ClusterEvents implements EventSink {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterEvents.class);

  private final KubernetesClient client;

  public ClusterEvents(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public void write(Event event) {
    try {
      client.events().v1().events().resource(event).create();
    } catch (KubernetesClientException e) {
      LOG.warn(
          "Event {} about {} was not written: {}",
          event.getReason(),
          event.getRegarding().getName(),
          e.getMessage());
    }
  }
}
