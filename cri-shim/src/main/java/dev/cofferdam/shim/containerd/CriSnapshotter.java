package dev.cofferdam.shim.containerd;

import dev.cofferdam.containerd.introspection.v1.IntrospectionGrpc;
import dev.cofferdam.containerd.introspection.v1.Plugin;
import dev.cofferdam.containerd.introspection.v1.PluginsRequest;
import dev.cofferdam.cri.v1.ImageFsInfoRequest;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;
import java.util.Optional;

/**
 * Which snapshotter containerd's CRI unpacks images for. No call says its name: CRI says in which
 * folder its images lie, and introspection which snapshotter has that folder.
 */
public final class CriSnapshotter {
  private static final String TYPE = "io.containerd.snapshotter.v1";

  private final Containerd containerd;
  private volatile Optional<String> known = Optional.empty();

  public CriSnapshotter(Containerd containerd) {
    this.containerd = containerd;
  }

  /** Its name, such as {@code overlayfs}. Asked once: it can't change while pods are there. */
  public String name(Deadline deadline) {
    if (known.isEmpty()) {
      known = Optional.of(ask(deadline));
    }
    return known.orElseThrow();
  }

  private String ask(Deadline deadline) {
    String folder =
        containerd
            .call(
                ImageServiceGrpc::newBlockingStub,
                deadline,
                "ask containerd where its images lie",
                stub -> stub.imageFsInfo(ImageFsInfoRequest.getDefaultInstance()))
            .getImageFilesystemsList()
            .stream()
            // containerd puts that of its default snapshotter first.
            .findFirst()
            .map(usage -> usage.getFsId().getMountpoint())
            .orElse("");
    List<Plugin> plugins =
        containerd
            .call(
                IntrospectionGrpc::newBlockingStub,
                deadline,
                "ask containerd for its snapshotters",
                stub ->
                    stub.plugins(PluginsRequest.newBuilder().addFilters("type==" + TYPE).build()))
            .getPluginsList();
    return choose(folder, plugins);
  }

  static String choose(String folder, List<Plugin> plugins) {
    return plugins.stream()
        .filter(plugin -> !plugin.hasInitErr())
        .filter(plugin -> serves(plugin, folder))
        .map(Plugin::getId)
        .findFirst()
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.UNSUPPORTED,
                    "none of containerd's snapshotters "
                        + plugins.stream().map(Plugin::getId).toList()
                        + " has the folder of its images, \""
                        + folder
                        + "\""));
  }

  /** A proxy plugin names no folder; containerd's CRI then takes one named after it. */
  private static boolean serves(Plugin plugin, String folder) {
    return folder.equals(plugin.getExportsOrDefault("root", ""))
        || folder.endsWith("/" + TYPE + "." + plugin.getId());
  }
}
