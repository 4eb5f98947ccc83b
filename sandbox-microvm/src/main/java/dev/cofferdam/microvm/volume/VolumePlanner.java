package dev.cofferdam.microvm.volume;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes plans; looks at the host and changes nothing there. Immutable. */
public final class VolumePlanner {
  private static final int PERMISSIONS = 07777;

  private final MountTable mountTable;

  VolumePlanner(MountTable mountTable) {
    this.mountTable = mountTable;
  }

  /**
   * Plans a container's bind mounts; mounts of other kinds are passed over.
   *
   * @throws SandboxException INVALID_ARGUMENT: a source isn't there; UNSUPPORTED: it is a socket or
   *     a device of the host, which no other kernel can use
   */
  public static VolumePlan plan(List<MountSpec> mounts) {
    return new VolumePlanner(MountTable.read()).of(mounts);
  }

  VolumePlan of(List<MountSpec> mounts) {
    List<Source> sources =
        mounts.stream()
            .filter(spec -> spec.kind() == MountSpec.Kind.BIND)
            .map(spec -> new Source(spec, source(spec)))
            .toList();
    SingleFilesPlan files = new SingleFilesPlan();
    for (Source source : sources) {
      if (source.isSingleFile() && emptyDir(source).isEmpty()) {
        files.add(source.spec(), source.path());
      }
    }
    Map<String, VolumePlan.Served> served = new HashMap<>();
    files.served().ifPresent(tree -> served.put(files.id(), tree));
    List<VolumeMount> planned = new ArrayList<>();
    for (Source source : sources) {
      planned.add(
          emptyDir(source)
              .map(emptyDir -> emptyDir(source, emptyDir, served))
              .orElseGet(() -> other(source, files, served)));
    }
    return new VolumePlan(planned, served);
  }

  /**
   * @param path as the host has it, without symbolic links
   */
  private record Source(MountSpec spec, Path path) {
    boolean isSingleFile() {
      return Files.isRegularFile(path);
    }
  }

  private Optional<EmptyDir> emptyDir(Source source) {
    return EmptyDir.of(source.path(), mountTable);
  }

  private VolumeMount other(
      Source source, SingleFilesPlan files, Map<String, VolumePlan.Served> served) {
    if (Files.isDirectory(source.path())) {
      return folder(source.spec(), source.path(), served);
    }
    if (source.isSingleFile()) {
      return files.mount(source.spec(), source.path());
    }
    throw new SandboxException(
        ErrorCode.UNSUPPORTED,
        "a microVM cannot mount "
            + source.path()
            + ": sockets, devices and FIFOs of the node work only with the node's own kernel");
  }

  private static Path source(MountSpec spec) {
    if (spec.propagation() == MountSpec.Propagation.BIDIRECTIONAL) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "what a microVM mounts on "
              + spec.destination()
              + " cannot show on the node: bidirectional mount propagation needs the node's kernel");
    }
    try {
      return Path.of(spec.source()).toRealPath();
    } catch (NoSuchFileException e) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "what is to be mounted on " + spec.destination() + " is not there: " + spec.source(),
          e);
    } catch (IOException e) {
      throw Failures.io("looking at " + spec.source(), e);
    }
  }

  private VolumeMount folder(MountSpec spec, Path source, Map<String, VolumePlan.Served> served) {
    // Below a mount that stays writable the service must not refuse: then the kernel does.
    boolean whole = spec.recursiveReadOnly() || !mountTable.mountsBelow(source);
    boolean readOnly = spec.readOnly() && whole;
    HostTree tree = new HostTree.Folder(source, spec.readOnly(), spec.recursiveReadOnly());
    String access = spec.readOnly() ? spec.recursiveReadOnly() ? "rro" : "ro" : "rw";
    String id = VolumeIds.of("shared", access, List.of(source));
    served.put(id, new VolumePlan.Served(tree, false, readOnly));
    return new VolumeMount(spec, new GuestVolume.HostFiles(id, readOnly), "");
  }

  private static VolumeMount emptyDir(
      Source source, EmptyDir emptyDir, Map<String, VolumePlan.Served> served) {
    if (emptyDir.inMemory()) {
      String id = VolumeIds.of("memory", "", List.of(emptyDir.base()));
      return new VolumeMount(source.spec(), memory(id, emptyDir.base()), emptyDir.subPath());
    }
    // Always writable: what is read-only in one container may be written in another.
    String id = VolumeIds.of("exclusive", "", List.of(emptyDir.base()));
    HostTree tree = new HostTree.Folder(emptyDir.base(), false, false);
    served.put(id, new VolumePlan.Served(tree, true, false));
    GuestVolume volume = new GuestVolume.HostFiles(id, false);
    return new VolumeMount(source.spec(), volume, emptyDir.subPath());
  }

  private static GuestVolume memory(String id, Path base) {
    try {
      long size = Files.getFileStore(base).getTotalSpace();
      int mode = (Integer) Files.getAttribute(base, "unix:mode") & PERMISSIONS;
      int uid = (Integer) Files.getAttribute(base, "unix:uid");
      int gid = (Integer) Files.getAttribute(base, "unix:gid");
      return new GuestVolume.Memory(id, size, mode, uid, gid);
    } catch (IOException e) {
      throw Failures.io("looking at " + base, e);
    }
  }
}
