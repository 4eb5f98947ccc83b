package dev.cofferdam.shim.node;

import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.Notices;
import dev.cofferdam.shim.image.Images;
import dev.cofferdam.shim.log.ContainerLogs;
import dev.cofferdam.shim.rootfs.RootFilesystems;
import dev.cofferdam.shim.stream.StreamingServer;
import java.nio.file.Path;

/** The real node as pods see it. */
public final class NodeHost {
  private NodeHost() {}

  /**
   * Ties the parts together; starts nothing.
   *
   * @param containerdRoot containerd's own folder, on whose disk containers write
   * @param owner marks what is kept with containerd as this state folder's
   */
  public static Host of(
      Cni cni,
      PodCgroups cgroups,
      Containerd containerd,
      Path containerdRoot,
      String owner,
      ContainerLogs logs,
      StreamingServer streaming,
      Notices notices) {
    return new Host(
        new NodeNetworks(cni),
        new NodeCgroups(cgroups),
        new NodeMounts(),
        new NodeImages(
            new Images(containerd), new RootFilesystems(containerd, owner), containerdRoot),
        new NodeLogs(logs),
        new NodeStreams(streaming),
        notices);
  }
}
