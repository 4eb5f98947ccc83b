package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A network of CNI 1.1 that containerd's pods and ours share, of plugins that act on GC: STATUS,
 * CHECK and GC as the shim has them done on a node.
 */
@EndToEnd
class SharedNetworkTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String PLUGINS = "/usr/lib/cni";
  private static final String ADDRESSES = "/var/lib/cni/networks/shared/";
  private static final String ORPHAN = ADDRESSES + "10.245.0.200";

  /** Commands and containers that plugins were called with, a line each. */
  private static final String CALLS = "/run/cni-calls";

  /**
   * The real bridge with host-local. Neither does anything for GC, so this does it for them, as the
   * specification has it: what the list does not have loses its address.
   */
  private static final String SWEEPING_BRIDGE =
      """
      #!/bin/sh
      echo "$CNI_COMMAND $CNI_CONTAINERID" >> %1$s
      [ "$CNI_COMMAND" = GC ] || exec %2$s/bridge
      told=$(cat)
      for file in %3$s[0-9]*; do
        owner=$(head -n 1 "$file" | tr -d '\\r')
        case $told in
          *"\\"containerID\\":\\"$owner\\""*) ;;
          *) rm "$file" ;;
        esac
      done
      """
          .formatted(CALLS, PLUGINS, ADDRESSES);

  private static final String NETWORK =
      """
      {"cniVersion": "1.1.0", "name": "shared", "plugins": [
        {"type": "sweeping-bridge", "bridge": "shared0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
         "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.245.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
        {"type": "portmap", "capabilities": {"portMappings": true}}]}
      """;

  private final Cluster cluster;
  private final Lab lab;

  SharedNetworkTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void replaceNetwork(Cluster cluster, Lab lab) throws IOException {
    cluster.applyPolicy(Policy.named("shared"));
    Path plugins = Files.createDirectories(lab.directories().root().resolve("cni-1.1"));
    Path bridge = plugins.resolve("sweeping-bridge");
    Files.writeString(bridge, SWEEPING_BRIDGE);
    Files.setPosixFilePermissions(bridge, PosixFilePermissions.fromString("rwxr-xr-x"));
    // Debian's loopback, and of the others those that speak 1.1.
    lab.shell()
        .run(
            "sh",
            "-ec",
            "cp %1$s/loopback %2$s/* %3$s && mount --bind %3$s %1$s"
                .formatted(PLUGINS, lab.cniPlugins(), plugins))
        .orThrow();
    Files.writeString(network(lab), NETWORK);
    Awaitility.await("containerd has read the network's configuration")
        .atMost(TIMEOUT)
        .until(
            () ->
                lab.shell()
                    .run("sh", "-c", "crictl -r $CONTAINERD_ENDPOINT info")
                    .out()
                    .contains("shared0"));
  }

  @AfterAll
  static void restoreNetwork(Cluster cluster, Lab lab) throws IOException {
    cluster.deleteAll();
    Files.deleteIfExists(network(lab));
    lab.shell()
        .run(
            "sh",
            "-c",
            "umount %s; ip link delete shared0; rm -rf %s %s".formatted(PLUGINS, ADDRESSES, CALLS));
    lab.shim().stop();
    lab.shim().start();
  }

  /** Before the lab's own in the order of names. */
  private static Path network(Lab lab) {
    return lab.directories().etc("cni").resolve("net.d/05-shared.conflist");
  }

  @Test
  void networkOfBothSides_isCheckedAndSwept_andNobodyLosesAnAttachment() throws IOException {
    cluster.apply(Pod.nginx("walled").runtimeClass("shared").yaml());
    cluster.apply(Pod.nginx("plain").yaml());
    cluster.awaitReady("walled");
    cluster.awaitReady("plain");
    String walled = address("walled");
    String plain = address("plain");
    assertTrue(walled.startsWith("10.245.0.") && plain.startsWith("10.245.0."), walled + plain);
    assertAttached(walled, plain);
    awaitCalls("STATUS", 1);

    lab.shell().run("sh", "-c", "printf 'gone\\r\\neth0' > " + ORPHAN).orThrow();
    lab.shim().stop();
    lab.shim().startWith("cni.gc-interval=PT1S", "cni.gc-quiet=PT1S");

    awaitCalls("CHECK " + sandbox("walled"), 1);
    Awaitility.await("the address of nobody's is free")
        .atMost(TIMEOUT)
        .until(() -> !lab.shell().run("test", "-e", ORPHAN).ok());
    // While a pod of each side comes and goes, too.
    cluster.apply(Pod.named("walled-too").runtimeClass("shared").yaml());
    cluster.apply(Pod.named("plain-too").yaml());
    cluster.awaitReady("walled-too");
    cluster.awaitReady("plain-too");
    int before = calls("GC ");
    awaitCalls("GC ", before + 2);
    assertAttached(walled, plain, address("walled-too"), address("plain-too"));
    cluster.delete("pod/walled-too");
    cluster.delete("pod/plain-too");
    int after = calls("GC ");
    awaitCalls("GC ", after + 2);

    assertAttached(walled, plain);
    for (String pod : List.of("walled", "plain")) {
      assertTrue(cluster.fetch(pod).contains("Welcome to nginx"), pod);
    }
    assertEquals(0, calls("CHECK " + sandbox("plain")), "CHECK of a pod of containerd's");
    assertEquals(List.of(), objections("walled"));
  }

  @Test
  void podWhoseAddressIsNoLongerItsOwn_isNamedWhenAShimStarts() throws IOException {
    cluster.apply(Pod.nginx("robbed").runtimeClass("shared").yaml());
    cluster.awaitReady("robbed");
    lab.shim().stop();
    lab.shell().run("rm", ADDRESSES + address("robbed")).orThrow();
    lab.shim().start();
    Awaitility.await("the shim's log says so")
        .atMost(TIMEOUT)
        .until(() -> !objections("robbed").isEmpty());
    assertTrue(cluster.fetch("robbed").contains("Welcome to nginx"), "it is left alone");
  }

  private String address(String pod) {
    return cluster.get("pod/" + pod, ".status.podIP");
  }

  /** These addresses are given out; pods with which the node is checked may have others. */
  private void assertAttached(String... addresses) {
    List<String> given = lab.shell().run("ls", ADDRESSES).orThrow().out().lines().toList();
    assertTrue(given.containsAll(List.of(addresses)), given + ": " + List.of(addresses));
  }

  private String sandbox(String pod) {
    return lab.shell()
        .run("crictl", "pods", "-q", "--name", "^" + pod + "$")
        .orThrow()
        .out()
        .strip();
  }

  private int calls(String beginning) {
    return (int)
        lab.shell().run("cat", CALLS).out().lines().filter(l -> l.startsWith(beginning)).count();
  }

  private void awaitCalls(String beginning, int least) {
    Awaitility.await(least + " calls of plugins: " + beginning)
        .atMost(TIMEOUT)
        .until(() -> calls(beginning) >= least);
  }

  /** What plugins said on CHECK of a pod. */
  private List<String> objections(String pod) throws IOException {
    try (Stream<String> lines = Files.lines(lab.directories().logs().resolve("shim.log"))) {
      return lines
          .filter(line -> line.contains("is not as it was made") && line.contains("/" + pod + " "))
          .toList();
    }
  }
}
