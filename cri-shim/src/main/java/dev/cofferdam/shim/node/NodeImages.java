package dev.cofferdam.shim.node;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.host.Images;
import dev.cofferdam.shim.image.Image;
import dev.cofferdam.shim.image.ImageConfig;
import dev.cofferdam.shim.rootfs.ImageVolumes;
import dev.cofferdam.shim.rootfs.RootFilesystems;
import dev.cofferdam.shim.rootfs.Users;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** containerd's images and snapshots. */
public final class NodeImages implements Images {
  private static final Duration ASKING = Duration.ofSeconds(20);

  private final dev.cofferdam.shim.image.Images images;
  private final RootFilesystems rootFilesystems;
  private final ImageVolumes volumes;
  private final Users users = new Users();
  private final WritableLayers layers;

  public NodeImages(
      dev.cofferdam.shim.image.Images images,
      RootFilesystems rootFilesystems,
      Path containerdRoot) {
    this.images = images;
    this.rootFilesystems = rootFilesystems;
    this.volumes = new ImageVolumes(rootFilesystems);
    this.layers = new WritableLayers(rootFilesystems, containerdRoot);
  }

  @Override
  public ContainerImage resolve(String reference) {
    Image image = images.resolve(reference, Deadline.after(ASKING));
    ImageConfig config = image.config();
    return new ContainerImage(
        image.id(),
        first(image, true).orElse(image.id()),
        first(image, false).orElse(reference),
        image.chainId(),
        config.entrypoint(),
        config.command(),
        config.environment(),
        config.user(),
        config.workingDirectory(),
        config.stopSignal(),
        config.volumes().stream().sorted().toList());
  }

  private static Optional<String> first(Image image, boolean withDigest) {
    return image.names().stream().filter(name -> name.contains("@") == withDigest).findFirst();
  }

  @Override
  public RootFilesystem prepare(
      String containerId, ContainerImage image, Path mountPoint, Deadline deadline) {
    return new RootFilesystem.Directory(
        rootFilesystems.prepare(containerId, layersOf(image), mountPoint, deadline).path());
  }

  @Override
  public RootFilesystem prepareImage(
      String containerId, ContainerImage image, Path mountPoint, Deadline deadline) {
    return new RootFilesystem.Image(
        image.chainId(),
        rootFilesystems.prepareView(containerId, layersOf(image), mountPoint, deadline).path());
  }

  /** All that a root file system is made from. */
  private static Image layersOf(ContainerImage image) {
    ImageConfig none = new ImageConfig(List.of(), List.of(), List.of(), "", "/", "", Set.of());
    return new Image(image.id(), List.of(), image.chainId(), none);
  }

  @Override
  public Path volume(
      String containerId, ContainerImage image, Path folder, int number, Deadline deadline) {
    return volumes.prepare(containerId, layersOf(image), folder, number, deadline);
  }

  @Override
  public void removeVolumes(String containerId, Path folder) {
    volumes.remove(containerId, folder, Deadline.after(ASKING));
  }

  @Override
  public void remove(String containerId, Path mountPoint) {
    rootFilesystems.remove(containerId, mountPoint, Deadline.after(ASKING));
    layers.forget(containerId);
  }

  @Override
  public List<String> containerIds() {
    return rootFilesystems.containerIds(Deadline.after(ASKING));
  }

  @Override
  public void copy(RootFilesystem root, String path, Path folder, Deadline deadline) {
    VolumeCopy.copy(root.path(), path, folder, deadline);
  }

  @Override
  public Optional<DiskUsage> usageOf(String containerId) {
    return layers.usage(containerId);
  }

  @Override
  public ProcessSpec.User user(
      RootFilesystem root,
      String user,
      Optional<Long> group,
      List<Long> groups,
      boolean imageGroups) {
    return users.resolve(root.path(), user, group, groups, !imageGroups);
  }
}
