package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.enforcement.Contribution;
import dev.cofferdam.operator.enforcement.Overruling;
import dev.cofferdam.operator.enforcement.Rules;
import dev.cofferdam.operator.reconcile.Namespaces;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.enforcement.SandboxEnforcement;
import dev.cofferdam.policy.enforcement.SandboxEnforcementSpec;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects that admission reads, kept as all policies together say. Many policies that change at
 * once are one write. Thread-safe.
 */
public final class ClusterNamespaces implements Namespaces {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterNamespaces.class);
  private static final String ADMISSION = "admissionregistration.k8s.io/v1";

  private static final SandboxEnforcementSpec EMPTY =
      new SandboxEnforcementSpec(List.of(), Map.of(), Map.of());

  private final KubernetesClient client;
  private final Runnable written;
  private final ConcurrentMap<String, Map<String, String>> namespaces = new ConcurrentHashMap<>();
  private final Watches watches = new Watches();
  private final Object writing = new Object();
  private final ConcurrentMap<String, Contribution> contributions = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();
  private long writtenVersion;
  private final Map<Enforcement.Mode, SandboxEnforcementSpec> there =
      new EnumMap<>(Enforcement.Mode.class);
  private volatile boolean mutating;

  /**
   * Knows nothing yet.
   *
   * @param written called after each write
   */
  public ClusterNamespaces(KubernetesClient client, Runnable written) {
    this.client = client;
    this.written = written;
  }

  /**
   * Reads what is there. To be called once, before anything else.
   *
   * @param policies that exist: what others contributed is dropped with the next write
   * @param wake has these policies looked at again
   */
  public void start(Set<String> policies, Consumer<Set<String>> wake) {
    mutating = servesMutatingPolicies();
    synchronized (writing) {
      for (Enforcement.Mode mode : Enforcement.Mode.values()) {
        SandboxEnforcement object = read(mode);
        if (object != null && object.getSpec() != null) {
          there.put(mode, object.getSpec());
        }
      }
      contributions.putAll(Rules.contributions(there));
      contributions.keySet().retainAll(policies);
      write();
    }
    watches.start(
        client.namespaces(),
        Namespace::new,
        namespace -> namespaceSeen(namespace, wake),
        namespace -> namespaces.remove(namespace.getMetadata().getName()));
    watches.start(
        client.resources(SandboxEnforcement.class),
        SandboxEnforcement::new,
        object -> looked(object, object.getSpec()),
        object -> looked(object, null));
  }

  public void stop() {
    watches.close();
  }

  @Override
  public Enforcement.@Nullable Mode held(String policy) {
    Contribution.Rule rule = contributions.getOrDefault(policy, Contribution.NONE).rule();
    return rule == null ? null : rule.mode();
  }

  @Override
  public boolean mutating() {
    return mutating;
  }

  @Override
  public void publish(String policy, Contribution contribution) {
    if (!contribution.equals(contributions.put(policy, contribution))) {
      version.incrementAndGet();
    }
    writeUpTo(version.get());
  }

  /** A policy was deleted: it asks nothing any more. */
  public void forget(String policy) {
    if (contributions.remove(policy) != null) {
      version.incrementAndGet();
    }
    writeUpTo(version.get());
  }

  // Whoever comes while another writes finds, when it is over, that his change may be written too.
  private void writeUpTo(long wanted) {
    synchronized (writing) {
      if (writtenVersion < wanted) {
        long now = version.get();
        write();
        writtenVersion = now;
      }
    }
  }

  @Override
  public Optional<String> overruled(String policy) {
    return Overruling.of(policy, contributions, namespaces);
  }

  private void namespaceSeen(Namespace namespace, Consumer<Set<String>> wake) {
    Map<String, String> labels =
        Objects.requireNonNullElse(namespace.getMetadata().getLabels(), Map.of());
    Map<String, String> old = namespaces.put(namespace.getMetadata().getName(), Map.copyOf(labels));
    if (labels.equals(old)) {
      return;
    }
    Set<String> concerned = new HashSet<>();
    contributions.forEach(
        (name, contribution) -> {
          if (contribution.asksOf(labels) || (old != null && contribution.asksOf(old))) {
            concerned.add(name);
          }
        });
    wake.accept(concerned);
  }

  // Somebody else's hand, or our own write come back.
  private void looked(SandboxEnforcement object, @Nullable SandboxEnforcementSpec spec) {
    for (Enforcement.Mode mode : Enforcement.Mode.values()) {
      if (!SandboxEnforcement.nameOf(mode).equals(object.getMetadata().getName())) {
        continue;
      }
      synchronized (writing) {
        if (Objects.equals(Rules.of(contributions).get(mode), spec)) {
          return;
        }
        // What the watch shows may be older than what we wrote: ask.
        SandboxEnforcement now = read(mode);
        there.remove(mode);
        if (now != null && now.getSpec() != null) {
          there.put(mode, now.getSpec());
        }
        try {
          write();
        } catch (KubernetesClientException e) {
          LOG.warn("SandboxEnforcement {} was not put right: {}", mode, e.getMessage());
        }
      }
    }
  }

  // Require first: between two writes pods are rather refused than let in.
  private void write() {
    Map<Enforcement.Mode, SandboxEnforcementSpec> specs = Rules.of(contributions);
    for (Enforcement.Mode mode :
        List.of(Enforcement.Mode.REQUIRE, Enforcement.Mode.DEFAULT, Enforcement.Mode.AUDIT)) {
      SandboxEnforcementSpec spec = Objects.requireNonNull(specs.get(mode));
      if (!spec.equals(there.get(mode))) {
        put(mode, spec);
        there.put(mode, spec);
        written.run();
      }
    }
  }

  private void put(Enforcement.Mode mode, SandboxEnforcementSpec spec) {
    SandboxEnforcement object = new SandboxEnforcement();
    object.setMetadata(new ObjectMetaBuilder().withName(SandboxEnforcement.nameOf(mode)).build());
    object.setSpec(spec);
    // Whole, not applied: what others wrote into it must go.
    try {
      if (there.containsKey(mode)) {
        client.resource(object).unlock().update();
      } else {
        client.resource(object).create();
      }
    } catch (KubernetesClientException e) {
      // It was deleted, or is there after all: the next try looks first.
      there.remove(mode);
      if (read(mode) != null) {
        there.put(mode, EMPTY);
      }
      throw e;
    }
  }

  private @Nullable SandboxEnforcement read(Enforcement.Mode mode) {
    return client
        .resources(SandboxEnforcement.class)
        .withName(SandboxEnforcement.nameOf(mode))
        .get();
  }

  private boolean servesMutatingPolicies() {
    APIResourceList resources = client.getApiResources(ADMISSION);
    return resources != null
        && resources.getResources().stream()
            .anyMatch(resource -> resource.getName().equals("mutatingadmissionpolicies"));
  }
}
