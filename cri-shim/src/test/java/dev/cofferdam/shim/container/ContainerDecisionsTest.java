package dev.cofferdam.shim.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.Capability;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.SELinuxOption;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.live.StopSignals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a container becomes, out of image and request; containerd's tests say the same. */
class ContainerDecisionsTest {
  private static final ContainerImage IMAGE =
      new ContainerImage(
          "sha256:1",
          "r",
          "n",
          "sha256:c",
          List.of("/entry"),
          List.of("image-arg"),
          List.of("PATH=/image", "A=1"),
          "",
          "/work",
          "",
          List.of("/data", "/cache"));

  @TempDir Path folder;

  private static ContainerConfig.Builder config() {
    return ContainerConfig.newBuilder();
  }

  @Test
  void args_ofKubeletAndImage_areMergedAsContainerdDoes() {
    assertEquals(List.of("/entry", "image-arg"), ProcessMerge.args(config().build(), IMAGE));
    assertEquals(
        List.of("/entry", "mine"), ProcessMerge.args(config().addArgs("mine").build(), IMAGE));
    assertEquals(List.of("cmd"), ProcessMerge.args(config().addCommand("cmd").build(), IMAGE));
    assertEquals(
        List.of("cmd", "mine"),
        ProcessMerge.args(config().addCommand("cmd").addArgs("mine").build(), IMAGE));
  }

  @Test
  void environment_hasTheDefaultsThenTheImagesThenKubelets() {
    assertEquals(
        List.of("PATH=/image", "HOSTNAME=host", "A=1"),
        ProcessMerge.environment(config().build(), IMAGE, "host"));
  }

  @Test
  void capabilities_areContainerdsDefaults_withAddAndDrop() {
    assertEquals(ContainerCapabilities.DEFAULT, capabilities(Capability.newBuilder()));
    Set<String> changed =
        capabilities(
            Capability.newBuilder().addAddCapabilities("net_admin").addDropCapabilities("CHOWN"));
    assertTrue(changed.contains("CAP_NET_ADMIN"));
    assertFalse(changed.contains("CAP_CHOWN"));
    assertEquals(
        Set.of("CAP_KILL"),
        capabilities(
            Capability.newBuilder().addDropCapabilities("ALL").addAddCapabilities("KILL")));
    assertEquals(
        ContainerCapabilities.ALL, capabilities(Capability.newBuilder().addAddCapabilities("all")));
  }

  @Test
  void capabilities_withOneThatDoesNotExist_namesTheField() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> capabilities(Capability.newBuilder().addAddCapabilities("FLY")));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    assertTrue(e.toString().contains("add_capabilities"), e.toString());
  }

  private static Set<String> capabilities(Capability.Builder asked) {
    return ContainerCapabilities.of(
        LinuxContainerSecurityContext.newBuilder().setCapabilities(asked).build());
  }

  @Test
  void mounts_ofKubelet_goBeforeThePodsOwnAndTheImages() throws Exception {
    Path podFiles = Files.createDirectories(folder.resolve("pod"));
    Files.createFile(podFiles.resolve("resolv.conf"));
    Files.createFile(podFiles.resolve("hosts"));
    Path mine = Files.createFile(folder.resolve("my-hosts"));
    Path data = Files.createDirectories(folder.resolve("data"));
    ContainerConfig asked =
        config().addMounts(mount("/data/sub", data)).addMounts(mount("/etc/hosts", mine)).build();

    List<String> filled = new ArrayList<>();
    List<MountSpec> mounts =
        ContainerMounts.of(
            asked,
            Map.of(),
            IMAGE,
            podFiles,
            folder.resolve("volumes"),
            (path, into) -> filled.add(path));

    assertEquals(mine.toRealPath().toString(), source(mounts, "/etc/hosts"));
    assertEquals(podFiles.resolve("resolv.conf").toString(), source(mounts, "/etc/resolv.conf"));
    assertTrue(source(mounts, "/cache").contains("volumes"));
    assertEquals(List.of("/data", "/cache"), filled);
    int outer = destinations(mounts).indexOf("/data");
    assertTrue(outer < destinations(mounts).indexOf("/data/sub"), destinations(mounts).toString());
  }

  @Test
  void mounts_throughALink_areOfWhatItLeadsTo() throws Exception {
    Path real = Files.createDirectories(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    List<MountSpec> mounts =
        ContainerMounts.of(
            config().addMounts(mount("/x", link)).build(),
            Map.of(),
            IMAGE,
            folder,
            folder.resolve("v"),
            (path, into) -> {});
    assertEquals(real.toRealPath().toString(), source(mounts, "/x"));
  }

  private static Mount mount(String destination, Path source) {
    return Mount.newBuilder().setContainerPath(destination).setHostPath(source.toString()).build();
  }

  private static String source(List<MountSpec> mounts, String destination) {
    return mounts.stream()
        .filter(mount -> mount.destination().equals(destination))
        .map(MountSpec::source)
        .findFirst()
        .orElse("");
  }

  private static List<String> destinations(List<MountSpec> mounts) {
    return mounts.stream().map(MountSpec::destination).toList();
  }

  private List<MountSpec> imageMount(Path mounted, String subPath) {
    Mount asked =
        Mount.newBuilder()
            .setContainerPath("/tools")
            .setImage(ImageSpec.newBuilder().setImage("tools:1"))
            .setImageSubPath(subPath)
            .build();
    return ContainerMounts.of(
        config().addMounts(asked).build(),
        Map.of("tools:1", mounted),
        IMAGE,
        folder,
        folder.resolve("v"),
        (path, into) -> {});
  }

  @Test
  void mounts_ofAnImage_areReadOnlyPartsOfIt() throws Exception {
    Path mounted = folder.resolve("mounted");
    Files.createDirectories(mounted.resolve("bin"));
    Files.createSymbolicLink(mounted.resolve("link"), Path.of("bin"));
    Files.createSymbolicLink(mounted.resolve("out"), Path.of("/etc"));
    String bin = mounted.resolve("bin").toRealPath().toString();
    assertTrue(imageMount(mounted, "bin").contains(MountSpec.bind(bin, "/tools", true)));
    assertTrue(imageMount(mounted, "link").contains(MountSpec.bind(bin, "/tools", true)));
    for (String wrong : List.of("out", "nothing", "../..")) {
      SandboxException e = assertThrows(SandboxException.class, () -> imageMount(mounted, wrong));
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    }
  }

  @Test
  void labelsOfOtherKernels_areIgnoredInASentence() {
    ContainerConfig asked =
        config()
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setSecurityContext(
                        LinuxContainerSecurityContext.newBuilder()
                            .setApparmor(
                                SecurityProfile.newBuilder()
                                    .setProfileType(SecurityProfile.ProfileType.Localhost)
                                    .setLocalhostRef("mine"))
                            .setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0"))))
            .build();
    List<String> ignored = ContainerRequests.ignored(asked);
    assertEquals(2, ignored.size());
    assertTrue(ignored.get(0).contains("AppArmor") && ignored.get(1).contains("SELinux"));
    assertEquals(List.of(), ContainerRequests.ignored(config().build()));
  }

  @ParameterizedTest
  @CsvSource({
    "SIGTERM,15",
    "quit,3",
    "9,9",
    "SIGNAL_SIGUSR1,10",
    "RTMIN+3,37",
    "SIGRTMAX-1,63",
    "SIGNAL_SIGRTMINPLUS3,37"
  })
  void stopSignal_byNameOrNumber_isItsNumber(String text, int number) {
    assertEquals(Optional.of(number), StopSignals.number(text));
  }

  @ParameterizedTest
  @CsvSource({"''", "SIGFLY", "0", "65", "-3", "RTMIN+99"})
  void stopSignal_thatDoesNotExist_isNone(String text) {
    assertEquals(Optional.empty(), StopSignals.number(text));
  }
}
