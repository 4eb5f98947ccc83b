package dev.cofferdam.microvm.volume;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a container's bind mounts become volumes of the guest.
 *
 * @param mounts one for each bind mount, in their order
 * @param served what the file service has to be given, by the volume's ID
 */
public record VolumePlan(List<VolumeMount> mounts, Map<String, Served> served) {

  /**
   * @param exclusive whether nobody else writes to it, so that the guest may cache it
   * @param readOnly whether the file service refuses all changes
   */
  record Served(HostTree tree, boolean exclusive, boolean readOnly) {}

  public VolumePlan {
    mounts = List.copyOf(mounts);
    served = Map.copyOf(served);
  }

  /** IDs of all volumes that the container needs. */
  public Set<String> volumes() {
    Set<String> ids = new TreeSet<>();
    mounts.forEach(mount -> ids.add(mount.volume().id()));
    return ids;
  }
}
