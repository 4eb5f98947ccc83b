package dev.cofferdam.shim.cadvisor;

import java.util.List;

/**
 * The numbers of one pod at one moment.
 *
 * @param sandboxId the pod's
 * @param name the pod's
 * @param cgroup the pod's; blank where it has none
 * @param own those that belong to no container, such as the network's
 */
record PodSamples(
    String sandboxId,
    String name,
    String namespace,
    String cgroup,
    List<Sample> own,
    List<ContainerSamples> containers) {

  /** The numbers of one container. */
  record ContainerSamples(String id, String name, String image, List<Sample> samples) {}
}
