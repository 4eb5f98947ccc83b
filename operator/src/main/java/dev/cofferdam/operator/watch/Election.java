package dev.cofferdam.operator.watch;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Of several operators one leads; one that loses the lead exits, and is started anew. */
@ApplicationScoped
public class Election {
  private static final Logger LOG = LoggerFactory.getLogger(Election.class);

  static final String LEASE = "cofferdam-operator";

  // client-go's numbers: a crash costs 15 s at most.
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  @Produces
  @ApplicationScoped
  LeaderElectionConfiguration configuration(
      @ConfigProperty(name = "cofferdam.namespace") String namespace,
      @ConfigProperty(name = "HOSTNAME") Optional<String> identity,
      Leader leader) {
    // Also where there is no policy to look at, nodes have labels to lose.
    LeaderCallbacks callbacks =
        new LeaderCallbacks(
            leader::lead,
            () -> LOG.warn("This process leads no more"),
            name -> LOG.info("{} leads", name));
    return new LeaderElectionConfiguration(
        LEASE,
        namespace,
        LEASE_DURATION,
        RENEW_DEADLINE,
        RETRY,
        identity.orElse(null),
        callbacks,
        true);
  }
}
