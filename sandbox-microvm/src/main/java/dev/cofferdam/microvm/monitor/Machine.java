package dev.cofferdam.microvm.monitor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A microVM before it boots. Immutable.
 *
 * @param folder where it lives on the host
 * @param kernel uncompressed, with a PVH note
 * @param initialRamFilesystem holds the guest agent
 * @param modules a read-only image of kernel modules
 * @param scratch the disk that the pod's containers write to
 * @param memoryBytes of the guest, its kernel's own share included
 * @param cpus of the guest
 * @param interfaces of the guest, in their order
 * @param networkNamespace where the monitor runs; empty: the node's
 * @param cgroup relative to each controller's root; empty: wherever the caller is
 * @param user that the monitor becomes, as user and as group
 */
public record Machine(
    MachineFolder folder,
    Path kernel,
    Path initialRamFilesystem,
    Path modules,
    Path scratch,
    long memoryBytes,
    int cpus,
    List<Interface> interfaces,
    Optional<Path> networkNamespace,
    Optional<String> cgroup,
    int user) {

  /** A tap device of the host, and the address that the guest's end of it has. */
  public record Interface(String tap, String mac) {}

  public Machine {
    interfaces = List.copyOf(interfaces);
  }
}
