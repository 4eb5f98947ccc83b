package dev.cofferdam.microvm.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumePlannerTest {
  @TempDir Path temporary;
  private Path dir;
  private Path pod;
  private final List<String> mounted = new ArrayList<>();

  @BeforeEach
  void pod() throws IOException {
    dir = temporary.toRealPath();
    pod = Files.createDirectories(dir.resolve("pods/uid"));
    mounted.add("1 0 254:1 / / rw - ext4 /dev/vda rw");
  }

  private VolumePlan plan(MountSpec... mounts) {
    return new VolumePlanner(MountTable.parse(mounted)).of(List.of(mounts));
  }

  private Path volume(String plugin, String name) throws IOException {
    return Files.createDirectories(pod.resolve("volumes/kubernetes.io~" + plugin + "/" + name));
  }

  /** kubelet binds what is meant to a path that the container cannot change. */
  private Path subPath(String volume, Path meant, String type) throws IOException {
    Path point = Files.createDirectories(pod.resolve("volume-subpaths/" + volume + "/c/0"));
    boolean memory = type.equals("tmpfs");
    Path root = memory ? Path.of("/").resolve(meant.getFileName()) : meant;
    String device = memory ? "0:50" : "254:1";
    mounted.add("9 1 " + device + " " + root + " " + point + " rw - " + type + " x rw");
    return point;
  }

  private static MountSpec bind(Path source, String destination, boolean readOnly) {
    return MountSpec.bind(source.toString(), destination, readOnly);
  }

  @Test
  void plan_configMapReadOnly_isServedReadOnlyAndNotCachedForLong() throws IOException {
    Path source = volume("configmap", "conf");
    VolumePlan plan = plan(bind(source, "/etc/conf", true));
    VolumeMount mount = plan.mounts().getFirst();
    GuestVolume.HostFiles volume = assertInstanceOf(GuestVolume.HostFiles.class, mount.volume());
    assertTrue(volume.readOnly());
    assertEquals("", mount.subPath());
    VolumePlan.Served served = Objects.requireNonNull(plan.served().get(volume.id()));
    assertFalse(served.exclusive());
    assertTrue(served.readOnly());
    assertEquals(new HostTree.Folder(source, true, true), served.tree());
    assertEquals(
        "VOLUME " + volume.id() + "\n", new String(volume.greeting(), StandardCharsets.US_ASCII));
  }

  @Test
  void plan_sameFolderTwice_isOneVolumeAndTheSameNextTime() throws IOException {
    Path source = volume("secret", "s");
    VolumePlan plan = plan(bind(source, "/a", false), bind(source, "/b", false));
    assertEquals(1, plan.served().size());
    assertEquals(2, plan.mounts().size());
    assertEquals(plan.volumes(), plan(bind(source, "/c", false)).volumes());
    assertNotEquals(plan.volumes(), plan(bind(source, "/c", true)).volumes());
  }

  @Test
  void plan_emptyDirOnDisk_isOneVolumeWithItsSubPaths() throws IOException {
    Path source = volume("empty-dir", "work");
    Path meant = Files.createDirectories(source.resolve("deep/er"));
    Path subPath = subPath("work", meant, "ext4");
    VolumePlan plan = plan(bind(source, "/work", true), bind(subPath, "/part", false));
    assertEquals(1, plan.served().size());
    VolumePlan.Served served = plan.served().values().iterator().next();
    assertTrue(served.exclusive());
    assertFalse(served.readOnly());
    assertEquals(List.of("", "deep/er"), plan.mounts().stream().map(VolumeMount::subPath).toList());
  }

  @Test
  void plan_emptyDirInMemory_isTheGuestsOwn() throws IOException {
    Path source = volume("empty-dir", "fast");
    mounted.add("8 1 0:50 / " + source + " rw - tmpfs tmpfs rw,size=64k");
    Path subPath = subPath("fast", source.resolve("part"), "tmpfs");
    VolumePlan plan = plan(bind(source, "/fast", false), bind(subPath, "/part", false));
    assertEquals(0, plan.served().size());
    assertEquals(1, plan.volumes().size());
    assertInstanceOf(GuestVolume.Memory.class, plan.mounts().getFirst().volume());
    assertEquals("part", plan.mounts().getLast().subPath());
  }

  @Test
  void plan_subPathOfAnotherVolume_isAFolderOfItsOwn() throws IOException {
    Path meant = Files.createDirectories(volume("csi", "pv").resolve("mount/x"));
    Path subPath = subPath("pv", meant, "ext4");
    VolumePlan plan = plan(bind(subPath, "/x", false));
    VolumePlan.Served served = plan.served().values().iterator().next();
    assertFalse(served.exclusive());
    assertEquals(new HostTree.Folder(subPath, false, false), served.tree());
  }

  @Test
  void plan_singleFiles_areOneVolumeAndKeepTheirAccess() throws IOException {
    Path hosts = Files.writeString(pod.resolve("etc-hosts"), "127.0.0.1 localhost");
    Path log = Files.writeString(pod.resolve("termination-log"), "");
    VolumePlan plan =
        plan(bind(hosts, "/etc/hosts", true), bind(log, "/dev/termination-log", false));
    assertEquals(1, plan.served().size());
    HostTree.SingleFiles files =
        assertInstanceOf(
            HostTree.SingleFiles.class, plan.served().values().iterator().next().tree());
    for (VolumeMount mount : plan.mounts()) {
      HostTree.Named named =
          files.files().stream()
              .filter(f -> f.name().equals(mount.subPath()))
              .findFirst()
              .orElseThrow();
      assertEquals(Path.of(mount.spec().source()), named.path());
      assertEquals(mount.spec().readOnly(), named.readOnly());
    }
  }

  @Test
  void plan_readOnlyWithWritableMountBelow_leavesThatToTheKernel() throws IOException {
    Path source = Files.createDirectory(dir.resolve("host"));
    Files.createDirectory(source.resolve("below"));
    mounted.add("7 1 0:60 / " + source.resolve("below") + " rw - tmpfs tmpfs rw");
    MountSpec spec =
        new MountSpec(
            MountSpec.Kind.BIND,
            "/host",
            source.toString(),
            true,
            false,
            MountSpec.Propagation.PRIVATE,
            List.of());
    VolumePlan.Served served = plan(spec).served().values().iterator().next();
    assertFalse(served.readOnly());
    assertEquals(new HostTree.Folder(source, true, false), served.tree());
  }

  @Test
  void plan_symbolicLink_isWhatItPointsTo() throws IOException {
    Path source = Files.createDirectory(dir.resolve("real"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), source);
    VolumePlan.Served served = plan(bind(link, "/x", false)).served().values().iterator().next();
    assertEquals(new HostTree.Folder(source, false, false), served.tree());
  }

  @Test
  void plan_sourceThatIsMissing_isRefused() {
    SandboxException e =
        assertThrows(SandboxException.class, () -> plan(bind(dir.resolve("nothing"), "/x", false)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @Test
  void plan_socketOfTheNode_isRefused() throws IOException {
    Path socket = dir.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      SandboxException e =
          assertThrows(SandboxException.class, () -> plan(bind(socket, "/x.sock", false)));
      assertEquals(ErrorCode.UNSUPPORTED, e.code());
    }
  }

  @Test
  void plan_bidirectionalPropagation_isRefused() {
    MountSpec spec =
        new MountSpec(
            MountSpec.Kind.BIND,
            "/x",
            dir.toString(),
            false,
            false,
            MountSpec.Propagation.BIDIRECTIONAL,
            List.of());
    SandboxException e = assertThrows(SandboxException.class, () -> plan(spec));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
  }
}
