package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * With the real bridge, host-local and portmap. A network namespace stands for the node: nothing of
 * this machine's own network is touched.
 */
@Tag("node")
class CniNodeTest {
  @TempDir Path folder;
  private CniSettings settings;

  /** Where the plugins under test are: Debian's here, of version 1.1.1. */
  Path plugins() throws IOException {
    return Path.of("/usr/lib/cni");
  }

  /** The specification's version that these speak. */
  String version() {
    return "1.0.0";
  }

  CniSettings settings() {
    return settings;
  }

  @BeforeEach
  void makeNode() throws Exception {
    settings =
        new CniSettings(
            Files.createDirectories(folder.resolve("net.d")),
            List.of(Files.createDirectories(folder.resolve("bin"))),
            folder.resolve("cache"),
            Duration.ofSeconds(60),
            false);
    namespace("node");
    namespace("pod");
    for (String plugin : List.of("bridge", "host-local", "portmap", "bandwidth")) {
      Path wrapper = settings.binDirs().getFirst().resolve(plugin);
      Files.writeString(
          wrapper,
          "#!/bin/sh\nexec nsenter --net=%s %s \"$@\"\n"
              .formatted(folder.resolve("node"), plugins().resolve(plugin)));
      Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.writeString(
        settings.configDir().resolve("10-bridge.conflist"),
        """
        {"cniVersion": "%s", "name": "lab", "plugins": [
          {"type": "bridge", "bridge": "cfdm0", "isGateway": true, "ipMasq": false,
           "ipam": {"type": "host-local", "dataDir": "%s",
                    "ranges": [[{"subnet": "10.99.0.0/24"}], [{"subnet": "fd99::/64"}]],
                    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}},
          {"type": "portmap", "capabilities": {"portMappings": true}},
          {"type": "bandwidth", "capabilities": {"bandwidth": true}}]}
        """
            .formatted(version(), folder.resolve("ipam")));
  }

  @AfterEach
  void unmount() throws Exception {
    for (String name : List.of("pod", "other", "client", "node")) {
      Mounts.unmount(folder.resolve(name), true);
    }
  }

  /** Without bandwidth, whose CHECK crashes in 1.1.1 where a pod has no rates. */
  private void bridgeOnly() throws IOException {
    Path file = settings.configDir().resolve("10-bridge.conflist");
    String list = Files.readString(file);
    Files.writeString(file, list.substring(0, list.lastIndexOf(",\n")) + "]}");
  }

  private void namespace(String name) throws Exception {
    Path file = Files.createFile(folder.resolve(name));
    run("unshare", "--net=" + file, "ip", "link", "set", "lo", "up");
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
    return output;
  }

  String inside(String namespace, String... command) throws Exception {
    String[] whole = new String[command.length + 2];
    whole[0] = "nsenter";
    whole[1] = "--net=" + folder.resolve(namespace);
    System.arraycopy(command, 0, whole, 2, command.length);
    return run(whole);
  }

  static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  @Test
  void addCheckDelete_bridgeWithPortsAndRates_theNodeIsAsBefore() throws Exception {
    Cni cni = new Cni(settings);
    PodNetwork pod =
        new PodNetwork(
            "a1b2c3",
            "default",
            "nginx",
            "uid-1",
            folder.resolve("pod"),
            List.of(new PortMapping(18080, 80, "tcp", "")),
            Map.of(Bandwidth.INGRESS, "10M", Bandwidth.EGRESS, "10M"),
            PodDns.NONE,
            "");
    assertEquals(Optional.empty(), cni.notReadyReason());
    Attachment attachment = cni.add(pod, soon());
    assertEquals(List.of("10.99.0.2", "fd99::2"), attachment.ips());
    assertTrue(inside("pod", "ip", "addr", "show", "eth0").contains("10.99.0.2/24"));
    assertTrue(inside("node", "iptables-save", "-t", "nat").contains("18080"));
    assertTrue(inside("node", "tc", "qdisc").contains("tbf"));

    // A file dropped in later must not change how this pod is taken down.
    Files.writeString(settings.configDir().resolve("00-broken.conflist"), "{");
    Cni restarted = new Cni(settings);
    restarted.delete(pod, soon());
    restarted.delete(pod, soon());
    assertFalse(inside("node", "iptables-save", "-t", "nat").contains("18080"));
    assertFalse(Files.exists(folder.resolve("ipam/lab/10.99.0.2")));
    assertFalse(inside("node", "ip", "link").contains("veth"));
    assertEquals(List.of(), restarted.sandboxIds());
  }

  @Test
  void add_hostPort_isReachedFromOutsideOverBothIpVersions() throws Exception {
    namespace("client");
    Path client = folder.resolve("client");
    inside(
        "node",
        "ip",
        "link",
        "add",
        "up0",
        "type",
        "veth",
        "peer",
        "name",
        "c0",
        "netns",
        client.toString());
    for (String[] end : new String[][] {{"node", "up0", "1"}, {"client", "c0", "2"}}) {
      inside(end[0], "ip", "addr", "add", "192.0.2." + end[2] + "/24", "dev", end[1]);
      inside(end[0], "ip", "addr", "add", "2001:db8::" + end[2] + "/64", "dev", end[1], "nodad");
      inside(end[0], "ip", "link", "set", end[1], "up");
    }
    Cni cni = new Cni(settings);
    PodNetwork pod = pod("c0ffee", List.of(new PortMapping(18080, 80, "tcp", "")));
    assertEquals(2, cni.add(pod, soon()).ips().size());
    Path page = Files.createDirectory(folder.resolve("www")).resolve("index.html");
    Files.writeString(page, "hello");
    Process server =
        new ProcessBuilder(
                "nsenter",
                "--net=" + folder.resolve("pod"),
                "busybox",
                "httpd",
                "-f",
                "-p",
                "[::]:80",
                "-h",
                folder.resolve("www").toString())
            .start();
    try {
      for (String address : List.of("192.0.2.1", "[2001:db8::1]")) {
        String said =
            inside(
                "client",
                "curl",
                "-sS",
                "-m",
                "60",
                "--retry",
                "30",
                "--retry-connrefused",
                "--retry-delay",
                "1",
                "http://" + address + ":18080/");
        assertTrue(said.endsWith("hello"), said);
      }
      cni.delete(pod, soon());
      assertThrows(
          AssertionError.class,
          () -> inside("client", "curl", "-sS", "-m", "5", "http://192.0.2.1:18080/"));
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  PodNetwork pod(String id, List<PortMapping> ports) {
    return new PodNetwork(
        id, "default", "nginx", "uid-1", folder.resolve("pod"), ports, Map.of(), PodDns.NONE, "");
  }

  @Test
  void checkDelete_namespaceGone_addressIsFreed() throws Exception {
    Cni cni = new Cni(settings);
    PodNetwork pod =
        new PodNetwork(
            "d4e5",
            "default",
            "nginx",
            "uid-1",
            folder.resolve("other"),
            List.of(),
            Map.of(),
            PodDns.NONE,
            "");
    bridgeOnly();
    namespace("other");
    assertEquals("10.99.0.2", cni.add(pod, soon()).ips().getFirst());
    // Not with ports: portmap 1.1.1 looks for the rules of IPv4 in those of IPv6.
    cni.check(pod, soon());
    run("umount", folder.resolve("other").toString());
    Files.delete(folder.resolve("other"));
    cni.delete(pod, soon());
    assertFalse(Files.exists(folder.resolve("ipam/lab/10.99.0.2")));
  }

  @Test
  void add_namespaceMissing_isTheBridgesError() throws IOException {
    PodNetwork pod =
        new PodNetwork(
            "f6",
            "default",
            "nginx",
            "uid-1",
            folder.resolve("nowhere"),
            List.of(),
            Map.of(),
            PodDns.NONE,
            "");
    var e = assertThrows(SandboxException.class, () -> new Cni(settings).add(pod, soon()));
    assertTrue(String.valueOf(e.getMessage()).contains("failed to open netns"), e.getMessage());
    assertEquals(List.of(), new Cni(settings).sandboxIds());
  }
}
