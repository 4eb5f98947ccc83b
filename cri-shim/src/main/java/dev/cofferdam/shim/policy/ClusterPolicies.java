package dev.cofferdam.shim.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the API server says, as documents: into memory and onto disk. Each is read for itself, so
 * that one that this shim does not understand does not hide the others. Thread-safe.
 */
final class ClusterPolicies {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterPolicies.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ORIGIN = "from the API server";

  private final Policies policies;
  private final PolicyCache cache;
  private final Map<String, byte[]> latest = new HashMap<>();

  ClusterPolicies(Policies policies, PolicyCache cache) {
    this.policies = policies;
    this.cache = cache;
  }

  /** Starts with what was on disk. */
  synchronized void loadCache() {
    cache
        .load()
        .forEach(
            (name, document) -> {
              latest.put(name, document);
              policies.putFromCluster(name, read(name, document, "from the cache on disk"));
            });
  }

  /** Takes a policy in; whether it differs from what was known of it. */
  synchronized boolean put(String name, byte[] document) {
    byte[] known = latest.put(name, document);
    policies.putFromCluster(name, read(name, document, ORIGIN));
    if (Arrays.equals(known, document)) {
      return false;
    }
    cache.put(name, document);
    LOG.info("policy {} {}", name, ORIGIN);
    return true;
  }

  synchronized void remove(String name) {
    latest.remove(name);
    policies.removeFromCluster(name);
    cache.remove(name);
    LOG.info("policy {} was deleted; its running pods stay", name);
  }

  /** Drops what was deleted while nobody watched. */
  synchronized void retain(Set<String> names) {
    policies.namesFromCluster().stream()
        .filter(name -> !names.contains(name))
        .forEach(this::remove);
  }

  private static KnownPolicy read(String name, byte[] document, String origin) {
    long generation = generation(document);
    try {
      return new KnownPolicy.Accepted(PolicyDocument.read(document).spec(), origin, generation);
    } catch (InvalidPolicyException e) {
      LOG.error("policy {} {} is refused: {}", name, origin, e.getMessage());
      return new KnownPolicy.Refused(String.valueOf(e.getMessage()), origin, generation);
    }
  }

  private static long generation(byte[] document) {
    try {
      return JSON.readTree(document).path("metadata").path("generation").asLong();
    } catch (IOException e) {
      return 0; // the reason comes with the refusal
    }
  }
}
