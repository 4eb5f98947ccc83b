package dev.cofferdam.shim.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.cni.CniSettings;
import dev.cofferdam.shim.cni.LibcniCache;
import dev.cofferdam.shim.cni.PluginProcesses;
import dev.cofferdam.shim.cni.PodDns;
import dev.cofferdam.shim.cni.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * GC is told of everybody's attachments, or not asked for at all: a plugin that is told too little
 * cuts off pods of containerd's.
 */
@Timeout(60)
final class NetworkUpkeepTest {
  @TempDir Path folder;
  private CniSettings settings;
  private Cni cni;
  private final List<PodNetwork> attached = new ArrayList<>();
  private final List<PodSandbox> sandboxes = new ArrayList<>();
  private final List<String> onHostNetwork = new ArrayList<>();
  private boolean quiet = true;
  private boolean containerdAway;

  @BeforeEach
  void makeNode() throws IOException {
    settings =
        new CniSettings(
            Files.createDirectories(folder.resolve("net.d")),
            List.of(Files.createDirectories(folder.resolve("bin"))),
            folder.resolve("cache"),
            Duration.ofSeconds(30),
            false);
    Files.writeString(
        settings.configDir().resolve("10.conflist"),
        "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", \"plugins\": [{\"type\": \"main\"}]}");
    plugin("");
    Files.createDirectories(folder.resolve("libcni/results"));
    Files.createDirectories(folder.resolve("proc/1"));
    environment(1, "PATH=/bin");
    Files.writeString(folder.resolve("mountinfo"), "22 1 0:21 / /proc rw - proc proc rw\n");
    Files.createFile(folder.resolve("netns"));
    cni = new Cni(settings);
    PodNetwork ours = pod("ours");
    assertEquals(1, cni.add(ours, Deadline.after(Duration.ofSeconds(30))).ips().size());
    attached.add(ours);
    runc("runc1");
  }

  private void plugin(String body) throws IOException {
    Path file = folder.resolve("bin/main");
    Files.writeString(
        file,
        """
        #!/bin/sh
        cat > %s.$CNI_COMMAND
        %s
        [ $CNI_COMMAND != ADD ] || echo '{"cniVersion": "1.1.0", "ips": [{"address": "10.0.0.2/24"}]}'
        """
            .formatted(folder.resolve("told"), body));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private PodNetwork pod(String id) {
    return new PodNetwork(
        id,
        "default",
        id,
        "uid-" + id,
        folder.resolve("netns"),
        List.of(),
        Map.of(),
        PodDns.NONE,
        "");
  }

  private void environment(int pid, String variables) throws IOException {
    Path process = Files.createDirectories(folder.resolve("proc/" + pid));
    Files.writeString(process.resolve("environ"), variables.replace(' ', '\0'));
  }

  /** A pod of containerd's, as it leaves its traces on a node. */
  private void runc(String id) throws IOException {
    containerds(id, PodSandboxState.SANDBOX_READY);
    Path namespace = folder.resolve("cni-" + id);
    mount(namespace);
    Files.writeString(
        folder.resolve("libcni/results/net-" + id + "-eth0"),
        "{\"containerId\":\"%s\",\"ifName\":\"eth0\",\"netns\":\"%s\"}".formatted(id, namespace));
  }

  private void containerds(String id, PodSandboxState state) {
    sandboxes.add(PodSandbox.newBuilder().setId(id).setState(state).build());
  }

  private void mount(Path namespace) throws IOException {
    Path table = folder.resolve("mountinfo");
    Files.writeString(
        table,
        Files.readString(table)
            + "99 22 0:4 net:[4026532] %s rw shared:7 - nsfs nsfs rw\n".formatted(namespace));
  }

  private NetworkUpkeep upkeep() {
    ForeignAttachments.Sandboxes containerd =
        new ForeignAttachments.Sandboxes() {
          @Override
          public List<PodSandbox> all(Deadline deadline) {
            if (containerdAway) {
              throw new SandboxException(ErrorCode.UNAVAILABLE, "containerd is away");
            }
            return sandboxes;
          }

          @Override
          public boolean onHostNetwork(String id, Deadline deadline) {
            return onHostNetwork.contains(id);
          }
        };
    return new NetworkUpkeep(
        cni,
        new ForeignAttachments(
            containerd,
            new LibcniCache(folder.resolve("libcni")),
            new NamespaceMounts(folder.resolve("mountinfo")),
            new PluginProcesses(folder.resolve("proc"))),
        () -> List.copyOf(attached),
        (howLong, work) -> {
          if (quiet) {
            work.run();
          }
          return quiet;
        },
        Duration.ZERO);
  }

  private void assertAsked(String... containers) throws Exception {
    assertEquals(NetworkUpkeep.Outcome.DONE, upkeep().collectGarbage());
    String told = Files.readString(folder.resolve("told.GC"));
    for (String container : containers) {
      assertTrue(
          told.contains("{\"containerID\":\"" + container + "\",\"ifname\":\"eth0\"}"), told);
    }
  }

  private void assertNotAsked(NetworkUpkeep.Outcome outcome) throws Exception {
    assertEquals(outcome, upkeep().collectGarbage());
    assertTrue(Files.notExists(folder.resolve("told.GC")));
  }

  private void assertNotAsked() throws Exception {
    assertNotAsked(NetworkUpkeep.Outcome.NOT_NOW);
  }

  @Test
  void collectGarbage_allIsKnown_tellsOfBothSides() throws Exception {
    containerds("ended", PodSandboxState.SANDBOX_NOTREADY);
    assertAsked("ours", "runc1", "ended");
  }

  @Test
  void collectGarbage_podOnTheNodesNetwork_needsNoAttachment() throws Exception {
    containerds("host", PodSandboxState.SANDBOX_READY);
    onHostNetwork.add("host");
    assertAsked("ours", "runc1");
  }

  @Test
  void collectGarbage_attachmentsOfNobodysSandbox_areKeptToo() throws Exception {
    Files.writeString(
        folder.resolve("libcni/results/other-x-net1"),
        "{\"containerId\":\"x\",\"ifName\":\"eth0\"}"); // of podman's, say
    assertAsked("ours", "runc1", "x");
  }

  @Test
  void collectGarbage_containerdIsAway_asksNobody() throws Exception {
    containerdAway = true;
    assertEquals(NetworkUpkeep.Outcome.NOT_NOW, upkeep().collectGarbage());
    assertTrue(Files.notExists(folder.resolve("told.GC")));
  }

  @Test
  void collectGarbage_containerdsPodWithoutANote_asksNobody() throws Exception {
    containerds("runc2", PodSandboxState.SANDBOX_READY);
    assertNotAsked();
  }

  @Test
  void collectGarbage_libcniCacheUnreadable_asksNobody() throws Exception {
    Files.writeString(folder.resolve("libcni/results/net-runc1-eth0"), "{\"contai");
    assertNotAsked();
  }

  @Test
  void collectGarbage_libcniCacheOfAnotherPlace_asksNobody() throws Exception {
    Files.delete(folder.resolve("libcni/results/net-runc1-eth0"));
    Files.delete(folder.resolve("libcni/results"));
    assertNotAsked();
  }

  @Test
  void collectGarbage_namespaceThatNobodyNoted_asksNobody() throws Exception {
    mount(folder.resolve("cni-being-made"));
    assertNotAsked();
  }

  @Test
  void collectGarbage_namespacesOfPeople_doNotMatter() throws Exception {
    mount(folder.resolve("lab"));
    assertAsked("ours", "runc1");
  }

  @Test
  void collectGarbage_pluginAtWork_asksNobody() throws Exception {
    environment(77, "PATH=/bin CNI_COMMAND=ADD CNI_CONTAINERID=runc3");
    assertNotAsked();
  }

  @Test
  void collectGarbage_callForAPodUnderWay_asksNobody() throws Exception {
    quiet = false;
    assertNotAsked();
  }

  @Test
  void collectGarbage_podOfOursWithoutANote_asksNobody() throws Exception {
    attached.add(pod("lost"));
    assertNotAsked();
  }

  @Test
  void collectGarbage_networkDoesNotWantIt_asksNobody() throws Exception {
    Files.writeString(
        settings.configDir().resolve("10.conflist"),
        "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", \"disableGC\": true,"
            + " \"plugins\": [{\"type\": \"main\"}]}");
    assertNotAsked(NetworkUpkeep.Outcome.NOT_WANTED);
  }

  @Test
  void collectGarbage_noNetwork_asksNobody() throws Exception {
    Files.delete(settings.configDir().resolve("10.conflist"));
    assertNotAsked();
  }

  @Test
  void collectGarbage_pluginFails_isNotRepeatedAtOnce() throws Exception {
    plugin("[ $CNI_COMMAND != GC ] || exit 1");
    assertEquals(NetworkUpkeep.Outcome.DONE, upkeep().collectGarbage());
  }

  @Test
  void check_podsOfBefore_namesThoseThatAPluginObjectsTo() throws Exception {
    PodNetwork second = pod("second");
    assertEquals(1, cni.add(second, Deadline.after(Duration.ofSeconds(30))).ips().size());
    attached.add(second);
    assertEquals(List.of(), upkeep().check());
    plugin(
        """
        if [ $CNI_COMMAND$CNI_CONTAINERID = CHECKsecond ]; then
          echo '{"code": 100, "msg": "no link"}'; exit 1
        fi""");
    assertEquals(List.of("second"), upkeep().check());
    assertEquals(Set.of("ours", "second"), Set.copyOf(cni.sandboxIds()));
  }
}
