package dev.cofferdam.shim.cni;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A pod, as far as network plugins may know it.
 *
 * @param sandboxId the {@code CNI_CONTAINERID}
 * @param networkNamespace absolute path of the bind-mounted namespace
 * @param annotations of the pod; {@code kubernetes.io/ingress-bandwidth} and {@code
 *     kubernetes.io/egress-bandwidth} become the capability {@code bandwidth}
 * @param cgroupParent the pod's cgroup, for the capability {@code cgroupPath}; blank: none
 */
public record PodNetwork(
    String sandboxId,
    String namespace,
    String podName,
    String podUid,
    Path networkNamespace,
    List<PortMapping> ports,
    Map<String, String> annotations,
    PodDns dns,
    String cgroupParent) {

  public PodNetwork {
    ports = List.copyOf(ports);
    annotations = Map.copyOf(annotations);
  }
}
