package dev.cofferdam.shim.policy;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * All policies that this node has heard of, by name. Those of the API server go before files of the
 * same name: the scheduler goes by the former. Thread-safe.
 */
final class Policies {
  private final ConcurrentMap<String, KnownPolicy> cluster = new ConcurrentHashMap<>();
  private volatile Map<String, KnownPolicy> files = Map.of();

  Optional<KnownPolicy> byName(String name) {
    KnownPolicy fromCluster = cluster.get(name);
    return Optional.ofNullable(fromCluster != null ? fromCluster : files.get(name));
  }

  Collection<String> names() {
    Set<String> names = new TreeSet<>(cluster.keySet());
    names.addAll(files.keySet());
    return names;
  }

  /** Those of the API server, by name. */
  Map<String, KnownPolicy> fromCluster() {
    return Map.copyOf(cluster);
  }

  void putFromCluster(String name, KnownPolicy policy) {
    cluster.put(name, policy);
  }

  void removeFromCluster(String name) {
    cluster.remove(name);
  }

  Set<String> namesFromCluster() {
    return Set.copyOf(cluster.keySet());
  }

  void replaceFiles(Map<String, KnownPolicy> all) {
    files = Map.copyOf(all);
  }
}
