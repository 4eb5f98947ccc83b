package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.shim.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** All of it with plugins that speak CNI 1.1, and what that version adds. */
final class Cni11NodeTest extends CniNodeTest {
  @Override
  Path plugins() throws IOException {
    return Programs.folder("cni");
  }

  @Override
  String version() {
    return "1.1.0";
  }

  @Test
  void status_bridgeWhoseIpamIsMissing_isToldInItsWords() throws IOException {
    Cni cni = new Cni(settings());
    assertEquals(Optional.empty(), cni.notReadyReason());

    Path list = settings().configDir().resolve("10-bridge.conflist");
    Files.writeString(list, Files.readString(list).replace("host-local", "no-such-ipam"));

    String reason = cni.notReadyReason().orElse("ready");
    assertTrue(reason.contains("no-such-ipam"), reason);
    assertTrue(reason.contains("STATUS"), reason);
  }

  @Test
  void check_withPortsAndRates_findsThemSound() throws Exception {
    Cni cni = new Cni(settings());
    PodNetwork pod =
        new PodNetwork(
            "c4ec",
            "default",
            "nginx",
            "uid-1",
            folder.resolve("pod"),
            List.of(new PortMapping(18080, 80, "tcp", "")),
            Map.of(Bandwidth.INGRESS, "10M", Bandwidth.EGRESS, "10M"),
            PodDns.NONE,
            "");
    var _ = cni.add(pod, soon());
    cni.check(pod, soon());
    cni.delete(pod, soon());
  }

  @Test
  void collectGarbage_realPlugins_takeItAndThePodKeepsItsNetwork() throws Exception {
    Cni cni = new Cni(settings());
    PodNetwork pod = pod("9a4ba9e", List.of(new PortMapping(18080, 80, "tcp", "")));
    var _ = cni.add(pod, soon());
    assertTrue(cni.hasGc());
    assertTrue(
        cni.collectGarbage(
            () -> Set.of(new AttachmentId("containerds", "eth0")),
            List.of(pod.sandboxId()),
            soon()));
    assertTrue(inside("pod", "ip", "addr", "show", "eth0").contains("10.99.0.2/24"));
    assertTrue(inside("node", "iptables-save", "-t", "nat").contains("18080"));
    cni.delete(pod, soon());
  }
}
