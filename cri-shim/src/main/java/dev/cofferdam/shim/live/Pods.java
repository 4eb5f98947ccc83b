package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** All pods and containers that are ours. Thread-safe; answers from memory. */
public final class Pods {
  private final ConcurrentMap<String, Pod> pods = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, PodContainer> containers = new ConcurrentHashMap<>();
  private final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private final Set<String> leftovers = ConcurrentHashMap.newKeySet();
  private final Names podNames = new Names();
  private final Names containerNames = new Names();

  public Collection<Pod> all() {
    return List.copyOf(pods.values());
  }

  public Collection<PodContainer> allContainers() {
    return List.copyOf(containers.values());
  }

  /** Those that a list by these labels may show: all but the {@link CheckPods}. */
  public Collection<Pod> listed(Map<String, String> labelSelector) {
    return pods.values().stream()
        .filter(pod -> CheckPods.listed(pod.record().handler(), labelSelector))
        .toList();
  }

  /** As {@link #listed}, of containers. */
  public Collection<PodContainer> listedContainers(Map<String, String> labelSelector) {
    return containers.values().stream()
        .filter(each -> CheckPods.listed(each.pod().record().handler(), labelSelector))
        .toList();
  }

  /** IDs of sandboxes whose record cannot be read, and which may still run. */
  public Set<String> unknown() {
    return unknown;
  }

  /** IDs of containers that could not be made nor be undone completely. */
  public Set<String> leftovers() {
    return leftovers;
  }

  public Names podNames() {
    return podNames;
  }

  public Names containerNames() {
    return containerNames;
  }

  /**
   * The pod with this full ID.
   *
   * @throws SandboxException NOT_FOUND
   */
  public Pod pod(String id) {
    Pod pod = pods.get(id);
    if (pod == null) {
      throw new SandboxException(ErrorCode.NOT_FOUND, "there is no pod sandbox " + id);
    }
    return pod;
  }

  /** The pod with this full ID, if it is (still) there. */
  public Optional<Pod> findPod(String id) {
    return Optional.ofNullable(pods.get(id));
  }

  /**
   * The container with this full ID.
   *
   * @throws SandboxException NOT_FOUND
   */
  public PodContainer container(String id) {
    PodContainer container = containers.get(id);
    if (container == null) {
      throw new SandboxException(ErrorCode.NOT_FOUND, "there is no container " + id);
    }
    return container;
  }

  /** The container with this full ID, if it is (still) there. */
  public Optional<PodContainer> findContainer(String id) {
    return Optional.ofNullable(containers.get(id));
  }

  /**
   * The full ID of a pod, by it or an unambiguous prefix.
   *
   * @throws SandboxException INVALID_ARGUMENT for a prefix of several
   */
  public Optional<String> podId(String idOrPrefix) {
    return fullId(pods, idOrPrefix);
  }

  /**
   * The full ID of a container, by it or an unambiguous prefix.
   *
   * @throws SandboxException INVALID_ARGUMENT for a prefix of several
   */
  public Optional<String> containerId(String idOrPrefix) {
    return fullId(containers, idOrPrefix);
  }

  public void add(Pod pod) {
    pods.put(pod.id(), pod);
  }

  /** Makes a container known, to its pod too. */
  public void add(PodContainer container) {
    container.pod().add(container);
    containers.put(container.id(), container);
  }

  /** Forgets a pod and frees its name. */
  public void remove(Pod pod) {
    pods.remove(pod.id());
    podNames.free(pod.id());
  }

  /** Forgets a container and frees its name. */
  public void remove(PodContainer container) {
    containers.remove(container.id());
    container.pod().remove(container);
    containerNames.free(container.id());
  }

  private static Optional<String> fullId(Map<String, ?> ids, String idOrPrefix) {
    if (idOrPrefix.isEmpty()) {
      return Optional.empty();
    }
    if (ids.containsKey(idOrPrefix)) {
      return Optional.of(idOrPrefix);
    }
    List<String> matches =
        ids.keySet().stream().filter(id -> id.startsWith(idOrPrefix)).limit(2).toList();
    if (matches.size() > 1) {
      // Not to be handed on: containerd takes a stop of what it does not know for done.
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "more than one ID begins with " + idOrPrefix + "; give more of it");
    }
    return matches.stream().findFirst();
  }
}
