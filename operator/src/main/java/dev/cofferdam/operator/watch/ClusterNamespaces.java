package dev.cofferdam.operator.watch;

import static java.net.HttpURLConnection.HTTP_CONFLICT;
import static java.net.HttpURLConnection.HTTP_NOT_FOUND;

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
import io.fabric8.kubernetes.client.dsl.Resource;
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

  private final KubernetesClient client;
  private final boolean givesClasses;
  private final Runnable written;
  private final ConcurrentMap<String, Map<String, String>> namespaces = new ConcurrentHashMap<>();
  private final Watches watches = new Watches();
  private final Object writing = new Object();
  private final ConcurrentMap<String, Contribution> contributions = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();
  private long writtenVersion;
  private final Map<Enforcement.Mode, There> there = new EnumMap<>(Enforcement.Mode.class);
  private volatile boolean mutating;

  /** An object as it was read or written last; without a spec where it has none. */
  private record There(@Nullable SandboxEnforcementSpec spec, String resourceVersion) {
    static There of(SandboxEnforcement object) {
      return new There(object.getSpec(), object.getMetadata().getResourceVersion());
    }

    // Versions of one resource are numbers that only grow (KEP-5504).
    boolean isNoOlderThan(String version) {
      return Long.compareUnsigned(
              Long.parseUnsignedLong(resourceVersion), Long.parseUnsignedLong(version))
          >= 0;
    }
  }

  /**
   * Knows nothing yet.
   *
   * @param givesClasses whether there is a MutatingAdmissionPolicy, as far as the API server serves
   *     such
   * @param written called after each write
   */
  public ClusterNamespaces(KubernetesClient client, boolean givesClasses, Runnable written) {
    this.client = client;
    this.givesClasses = givesClasses;
    this.written = written;
  }

  /**
   * Reads what is there. To be called once, before anything else.
   *
   * @param policies that exist: what others contributed is dropped with the next write
   * @param wake has these policies looked at again
   */
  public void start(Set<String> policies, Consumer<Set<String>> wake) {
    mutating = givesClasses && servesMutatingPolicies();
    synchronized (writing) {
      for (Enforcement.Mode mode : Enforcement.Mode.values()) {
        read(mode);
      }
      Map<Enforcement.Mode, SandboxEnforcementSpec> said = new EnumMap<>(Enforcement.Mode.class);
      there.forEach(
          (mode, object) -> {
            if (object.spec() != null) {
              said.put(mode, object.spec());
            }
          });
      contributions.putAll(Rules.contributions(said));
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
        object -> looked(object, false),
        object -> looked(object, true));
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

  // Somebody else's hand, or a write of our own come back, which its version tells.
  private void looked(SandboxEnforcement object, boolean gone) {
    for (Enforcement.Mode mode : Enforcement.Mode.values()) {
      if (!SandboxEnforcement.nameOf(mode).equals(object.getMetadata().getName())) {
        continue;
      }
      synchronized (writing) {
        There known = there.get(mode);
        if (!gone
            && known != null
            && known.isNoOlderThan(object.getMetadata().getResourceVersion())) {
          return;
        }
        read(mode);
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
      There known = there.get(mode);
      if (known == null || !spec.equals(known.spec())) {
        try {
          put(mode, spec, known);
        } catch (KubernetesClientException e) {
          // Deleted or changed by somebody, or there after all.
          read(mode);
          if (e.getCode() != HTTP_CONFLICT && e.getCode() != HTTP_NOT_FOUND) {
            throw e;
          }
          put(mode, spec, there.get(mode));
        }
        written.run();
      }
    }
  }

  // Whole, not applied: what others wrote into it must go. By the version that is known, since
  // with many policies each look at it costs as much as a write.
  private void put(Enforcement.Mode mode, SandboxEnforcementSpec spec, @Nullable There known) {
    SandboxEnforcement object = new SandboxEnforcement();
    object.setMetadata(new ObjectMetaBuilder().withName(SandboxEnforcement.nameOf(mode)).build());
    object.setSpec(spec);
    Resource<SandboxEnforcement> resource = client.resource(object);
    there.put(
        mode,
        There.of(
            known == null
                ? resource.create()
                : resource.lockResourceVersion(known.resourceVersion()).update()));
  }

  private void read(Enforcement.Mode mode) {
    SandboxEnforcement object =
        client.resources(SandboxEnforcement.class).withName(SandboxEnforcement.nameOf(mode)).get();
    if (object == null) {
      there.remove(mode);
    } else {
      there.put(mode, There.of(object));
    }
  }

  private boolean servesMutatingPolicies() {
    APIResourceList resources = client.getApiResources(ADMISSION);
    return resources != null
        && resources.getResources().stream()
            .anyMatch(resource -> resource.getName().equals("mutatingadmissionpolicies"));
  }
}
