package dev.cofferdam.sandbox;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A sandbox as the shim has decided it. Immutable; kept on disk by the shim and handed in again
 * unchanged to {@link Backend#find} and {@link Backend#purge}.
 *
 * @param id unique on this node; 64 hexadecimal digits
 * @param variant one of {@link Backend#variants}
 * @param directory a folder of this sandbox's own, made by the shim, for what the backend writes
 *     down
 * @param hostname what the pod's processes see
 * @param networkNamespace a bind-mounted network namespace, with {@code lo} up and the CNI's
 *     interfaces in it; empty: the node's own network
 * @param cgroup the pod's cgroup, made by the shim, relative to each controller's root, such as
 *     {@code /kubepods/burstable/pod…/…}; every host process of the sandbox goes into it. Empty:
 *     wherever the caller is
 * @param resources what the whole pod may use
 * @param sysctls namespaced kernel parameters
 * @param sharedProcessNamespace whether all containers see each other's processes
 * @param userNamespace whether the host's processes that run the pod's code must be in a user
 *     namespace of their own, without root's rights on the host; owners of files in volumes stay as
 *     the pod sees them
 */
public record SandboxSpec(
    String id,
    String variant,
    Path directory,
    String hostname,
    Optional<Path> networkNamespace,
    Optional<String> cgroup,
    Resources resources,
    Map<String, String> sysctls,
    boolean sharedProcessNamespace,
    boolean userNamespace) {

  public SandboxSpec {
    sysctls = Map.copyOf(sysctls);
  }
}
