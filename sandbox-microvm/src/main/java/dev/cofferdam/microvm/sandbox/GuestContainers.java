package dev.cofferdam.microvm.sandbox;

import com.google.protobuf.ByteString;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.guest.v1.CreateContainerRequest;
import dev.cofferdam.microvm.guest.v1.Mount;
import dev.cofferdam.microvm.guest.v1.Propagation;
import dev.cofferdam.microvm.guest.v1.Root;
import dev.cofferdam.microvm.guest.v1.Tmpfs;
import dev.cofferdam.microvm.guest.v1.VolumePath;
import dev.cofferdam.microvm.volume.VolumeMount;
import dev.cofferdam.microvm.volume.VolumePlan;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.MountSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/** A container's specification in the guest protocol's words. */
final class GuestContainers {
  private GuestContainers() {}

  /**
   * Makes the request.
   *
   * @param plan with a volume for each bind mount, in their order
   */
  static CreateContainerRequest request(ContainerSpec spec, Root root, VolumePlan plan) {
    CreateContainerRequest.Builder request =
        CreateContainerRequest.newBuilder()
            .setContainerId(spec.id())
            .setRoot(root.toBuilder().setReadOnly(spec.readOnlyRoot()))
            .setProcess(GuestProcesses.process(spec.process()))
            .setResources(GuestProcesses.resources(spec.resources()))
            .setStdin(spec.stdio().stdin().isPresent())
            .setStdout(spec.stdio().stdout().isPresent())
            .setStderr(!spec.process().terminal() && spec.stdio().stderr().isPresent())
            .addAllMaskedPaths(spec.maskedPaths())
            .addAllReadOnlyPaths(spec.readOnlyPaths())
            .setPrivileged(spec.privileged());
    Iterator<VolumeMount> volumes = plan.mounts().iterator();
    for (MountSpec mount : spec.mounts()) {
      switch (mount.kind()) {
        case TMPFS ->
            request.addMounts(
                mount(mount).setTmpfs(Tmpfs.newBuilder().addAllOptions(mount.options())));
        case BIND -> request.addMounts(volume(mount, volumes.next()));
      }
    }
    spec.seccompProfile()
        .ifPresent(profile -> request.setSeccompProfile(ByteString.copyFrom(read(profile))));
    return request.build();
  }

  private static Mount.Builder mount(MountSpec spec) {
    return Mount.newBuilder()
        .setDestination(spec.destination())
        .setReadOnly(spec.readOnly())
        .setRecursiveReadOnly(spec.recursiveReadOnly())
        .setPropagation(propagation(spec.propagation()));
  }

  private static Mount.Builder volume(MountSpec spec, VolumeMount volume) {
    return mount(spec)
        .setVolume(
            VolumePath.newBuilder().setVolumeId(volume.volume().id()).setSubPath(volume.subPath()))
        .addAllOptions(spec.options());
  }

  private static Propagation propagation(MountSpec.Propagation propagation) {
    return switch (propagation) {
      case PRIVATE -> Propagation.PROPAGATION_PRIVATE;
      case HOST_TO_CONTAINER -> Propagation.PROPAGATION_HOST_TO_CONTAINER;
      case BIDIRECTIONAL -> Propagation.PROPAGATION_BIDIRECTIONAL;
    };
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw Failures.io("reading " + file, e);
    }
  }
}
