package dev.cofferdam.sandbox;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What a backend can do. Callers ask for a feature, never for a backend's name. Immutable. */
public record Capabilities(Set<Feature> features) {

  /** Things that some backends can do and some cannot. */
  public enum Feature {
    /** A pod that shares the node's network namespace. */
    HOST_NETWORK,
    /** Containers of one pod that see each other's processes. */
    SHARED_PROCESS_NAMESPACE,
    /** Limits of a single container, memory and processes, are enforced by the backend. */
    CONTAINER_LIMITS,
    /** The same of its CPU time. Without it only the pod's limit holds. */
    CONTAINER_CPU_LIMITS,
    /** {@link Container#update} takes hold while the container runs. */
    LIVE_UPDATE,
    /** Changes of a mounted volume on the host are seen inside. */
    LIVE_VOLUMES,
    /** What system calls do is filtered by the container's profile. */
    SECCOMP,
    /** Mounts that are read-only with all that is mounted below them. */
    RECURSIVE_READ_ONLY_MOUNTS,
    /** No process of the pod is a user of the node's: {@link SandboxSpec#userNamespace}. */
    USER_NAMESPACE,
    /**
     * Containers' roots are {@link RootFilesystem.Image}s; else {@link RootFilesystem.Directory}s.
     */
    ROOT_FROM_IMAGE,
    /** A sandbox's state can be saved and brought back. */
    CHECKPOINT
  }

  public Capabilities {
    features =
        features.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(features));
  }

  public static Capabilities of(Feature... features) {
    return new Capabilities(Set.copyOf(Arrays.asList(features)));
  }

  /** These and one more. */
  public Capabilities with(Feature feature) {
    EnumSet<Feature> more = EnumSet.of(feature);
    more.addAll(features);
    return new Capabilities(more);
  }

  public boolean has(Feature feature) {
    return features.contains(feature);
  }
}
