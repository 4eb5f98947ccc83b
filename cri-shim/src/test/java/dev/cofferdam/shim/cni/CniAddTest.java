package dev.cofferdam.shim.cni;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CniAddTest {
  @TempDir Path folder;
  private FakePlugins plugins;

  @BeforeEach
  void makePlugins() throws IOException {
    plugins = new FakePlugins(folder);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private Attachment add() {
    return new Cni(plugins.settings).add(plugins.pod(), soon());
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void add_dualStack_firstAddressOfEth0IsPrimary() throws IOException {
    plugins.list("main");
    plugins.succeeding("main", FakePlugins.RESULT);
    assertEquals(List.of("10.1.2.3", "fd00::3"), add().ips());
    assertTrue(plugins.environment("main", "ADD").contains("CNI_IFNAME=eth0"));
    assertTrue(plugins.environment("main", "ADD").contains("CNI_CONTAINERID=a1b2"));
    assertTrue(
        plugins
            .environment("main", "ADD")
            .contains(
                "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=nginx;"
                    + "K8S_POD_INFRA_CONTAINER_ID=a1b2;K8S_POD_UID=uid-1"));
  }

  @Test
  void add_chain_laterPluginsSeeThePreviousResult() throws IOException {
    plugins.list("main", "second");
    plugins.succeeding("main", FakePlugins.RESULT);
    plugins.succeeding("second", FakePlugins.RESULT);
    assertFalse(add().ips().isEmpty());
    assertEquals(List.of("ADD main", "ADD second"), plugins.calls());
    assertFalse(json(plugins.stdin("main", "ADD")).has("prevResult"));
    JsonNode config = json(plugins.stdin("second", "ADD"));
    assertEquals("10.1.2.3/24", config.at("/prevResult/ips/0/address").asText());
    assertEquals("net", config.path("name").asText());
    assertEquals("1.0.0", config.path("cniVersion").asText());
  }

  @Test
  void add_capabilities_onlyThosePluginsAskFor() throws IOException {
    plugins.network(
        "10.conflist",
        """
        {"cniVersion": "1.0.0", "name": "net", "plugins": [
          {"type": "main", "capabilities": {"bandwidth": true, "portMappings": false}},
          {"type": "second", "capabilities": {"portMappings": true, "ipRanges": true}}]}
        """);
    plugins.succeeding("main", FakePlugins.RESULT);
    plugins.succeeding("second", FakePlugins.RESULT);
    PodNetwork pod =
        plugins.pod(
            "a1",
            List.of(new PortMapping(8080, 80, "TCP", ""), new PortMapping(0, 81, "tcp", "")),
            Map.of(Bandwidth.INGRESS, "10M"));
    assertFalse(new Cni(plugins.settings).add(pod, soon()).ips().isEmpty());
    JsonNode first = json(plugins.stdin("main", "ADD")).path("runtimeConfig");
    assertEquals(10_000_000, first.at("/bandwidth/ingressRate").asLong());
    assertEquals(1, first.size());
    JsonNode second = json(plugins.stdin("second", "ADD")).path("runtimeConfig");
    assertEquals(1, second.path("portMappings").size());
    assertEquals(8080, second.at("/portMappings/0/hostPort").asInt());
    assertEquals("tcp", second.at("/portMappings/0/protocol").asText());
  }

  @Test
  void add_pluginFails_itsWordsAreSurfacedAndAllIsDeleted() throws IOException {
    plugins.list("main", "bad");
    plugins.succeeding("main", FakePlugins.RESULT);
    plugins.script(
        "bad",
        """
        [ $CNI_COMMAND = DEL ] && exit 0
        echo '{"code": 110, "msg": "no addresses left", "details": "range 10.1.2.0/24"}'
        exit 1""");
    SandboxException e = assertThrows(SandboxException.class, this::add);
    assertEquals(ErrorCode.PROGRAM_FAILED, e.code());
    assertEquals(
        "CNI plugin bad failed on ADD: no addresses left; range 10.1.2.0/24 (CNI error 110)",
        e.getMessage());
    assertEquals(List.of("ADD main", "ADD bad", "DEL bad", "DEL main"), plugins.calls());
    assertEquals(List.of(), new Cni(plugins.settings).sandboxIds());
  }

  @Test
  void add_failsAndSoDoesTheUndo_isLeftForDelete() throws IOException {
    plugins.list("bad");
    plugins.script("bad", "[ -e repaired ] && exit 0; echo oops >&2; exit 3");
    SandboxException e = assertThrows(SandboxException.class, this::add);
    assertEquals("CNI plugin bad failed on ADD: exit code 3; oops", e.getMessage());
    assertEquals(1, e.getSuppressed().length);
    Cni restarted = new Cni(plugins.settings);
    assertEquals(List.of("a1b2"), restarted.sandboxIds());
    Files.createFile(folder.resolve("repaired"));
    restarted.delete(plugins.pod(), soon());
    assertEquals(List.of(), restarted.sandboxIds());
  }

  @Test
  void add_pluginHangs_isKilledWithItsChildren() throws IOException {
    FakePlugins quick = new FakePlugins(Files.createDirectory(folder.resolve("q")));
    quick.list("main");
    quick.script("main", "[ $CNI_COMMAND = DEL ] && exit 0; sleep 1000 & echo $! > child; wait");
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> new Cni(quick.settings).add(quick.pod(), Deadline.after(Duration.ofSeconds(3))));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, e.code());
    long child = Long.parseLong(Files.readString(folder.resolve("q/child")).strip());
    // Whoever inherits it may take a moment to reap it.
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> !ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
  }

  @Test
  void add_pluginHangs_childrenThatLeftItAreKilledToo() throws IOException {
    FakePlugins quick = new FakePlugins(Files.createDirectory(folder.resolve("d")));
    quick.list("main");
    // A session of its own, a parent that is gone.
    quick.script(
        "main",
        """
        [ $CNI_COMMAND = DEL ] && exit 0
        (setsid sh -c 'echo $$ > child.new; mv child.new child; exec sleep 1000' &)
        until [ -e child ]; do sleep 0.01; done
        exec sleep 1000""");
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> new Cni(quick.settings).add(quick.pod(), Deadline.after(Duration.ofSeconds(3))));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, e.code());
    long child = Long.parseLong(Files.readString(folder.resolve("d/child")).strip());
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> !ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
    assertEquals(List.of(), new Cni(quick.settings).sandboxIds());
  }

  @Test
  void add_severalInterfaces_onlyThoseOfEth0AreThePods() throws IOException {
    plugins.list("main");
    plugins.succeeding(
        "main",
        """
        {"cniVersion": "1.1.0",
         "interfaces": [{"name": "br0", "mac": "00:00:00:00:00:01"},
                        {"name": "net1", "sandbox": "/netns", "mtu": 1500},
                        {"name": "eth0", "sandbox": "/netns", "socketPath": "/x", "pciID": "0000:00:1f.6"}],
         "ips": [{"address": "10.9.9.9/24", "interface": 1}, {"address": "fd00::5/64", "interface": 2},
                 {"address": "10.1.2.5/24", "interface": 2}],
         "routes": [{"dst": "0.0.0.0/0", "table": 5, "scope": 0}]}
        """);
    assertEquals(List.of("fd00::5", "10.1.2.5"), add().ips());
  }

  @Test
  void add_allCapabilities_arePassedInTheirConventionalForm() throws IOException {
    CniSettings usual = plugins.settings;
    CniSettings open =
        new CniSettings(
            usual.configDir(), usual.binDirs(), usual.cacheDir(), usual.pluginTimeout(), true);
    plugins.network(
        "10.conflist",
        """
        {"cniVersion": "1.1.0", "name": "net", "plugins": [{"type": "main", "capabilities":
          {"aliases": true, "dns": true, "cgroupPath": true, "ips": true, "mac": true,
           "infinibandGUID": true, "portMappings": true, "bandwidth": true,
           "io.kubernetes.cri.pod-annotations": true, "deviceID": true}}]}
        """);
    plugins.succeeding("main", FakePlugins.RESULT);
    PodNetwork pod =
        new PodNetwork(
            "a1",
            "default",
            "nginx",
            "uid-1",
            folder.resolve("netns"),
            List.of(new PortMapping(53, 5353, "udp", "10.0.0.1")),
            Map.of(
                PodAddresses.IPS, "10.1.2.9/24, fd00::9",
                PodAddresses.MAC, "c2:11:22:33:44:55",
                PodAddresses.INFINIBAND_GUID, "c2:11:22:33:44:55:66:77",
                Bandwidth.EGRESS, "1M"),
            new PodDns(List.of("10.96.0.10"), List.of("svc.local"), List.of("ndots:5")),
            "/kubepods/pod1");
    assertFalse(new Cni(open).add(pod, soon()).ips().isEmpty());
    JsonNode runtime = json(plugins.stdin("main", "ADD")).path("runtimeConfig");
    assertEquals("[\"nginx\",\"nginx.default\"]", runtime.path("aliases").toString());
    assertEquals("[\"10.1.2.9/24\",\"fd00::9\"]", runtime.path("ips").toString());
    assertEquals("c2:11:22:33:44:55", runtime.path("mac").asText());
    assertEquals("c2:11:22:33:44:55:66:77", runtime.path("infinibandGUID").asText());
    assertEquals("/kubepods/pod1", runtime.path("cgroupPath").asText());
    assertEquals(
        "{\"servers\":[\"10.96.0.10\"],\"searches\":[\"svc.local\"],\"options\":[\"ndots:5\"]}",
        runtime.path("dns").toString());
    assertEquals("10.0.0.1", runtime.at("/portMappings/0/hostIP").asText());
    assertEquals(1_000_000, runtime.at("/bandwidth/egressRate").asLong());
    assertEquals(4, runtime.path("io.kubernetes.cri.pod-annotations").size());
    assertFalse(runtime.has("deviceID"));
  }

  @Test
  void add_addressesOfThePodsChoice_areRefusedUnlessTheNodeAllowsThem() throws IOException {
    plugins.list("main");
    plugins.succeeding("main", FakePlugins.RESULT);
    for (String annotation :
        List.of(PodAddresses.IPS, PodAddresses.MAC, PodAddresses.INFINIBAND_GUID)) {
      PodNetwork pod = plugins.pod("a1", List.of(), Map.of(annotation, "10.0.0.1"));
      SandboxException e =
          assertThrows(SandboxException.class, () -> new Cni(plugins.settings).add(pod, soon()));
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains("cni.pod-addresses"), e.getMessage());
    }
    assertEquals(List.of(), plugins.calls());
  }

  @Test
  void add_garbage_isAnErrorNotAnAddress() throws IOException {
    plugins.list("main");
    for (String garbage :
        List.of(
            "", "hello", "[]", "{}", "{\"ips\": [1]}", "{\"ips\": [{\"address\": \"x/24\"}]}")) {
      plugins.succeeding("main", garbage);
      SandboxException e = assertThrows(SandboxException.class, this::add, garbage);
      assertEquals(ErrorCode.PROGRAM_FAILED, e.code(), garbage);
    }
    assertEquals(List.of(), new Cni(plugins.settings).sandboxIds());
  }

  @Test
  void add_endlessOutput_isCutAndThePluginKilled() throws IOException {
    plugins.list("main");
    plugins.script("main", "[ $CNI_COMMAND = DEL ] && exit 0; yes 0123456789");
    SandboxException e = assertThrows(SandboxException.class, this::add);
    assertEquals(ErrorCode.PROGRAM_FAILED, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("printed"), e.getMessage());
  }

  @Test
  void add_daemonKeepsTheOutputOpen_theResultStands() throws IOException {
    plugins.list("main");
    plugins.script(
        "main",
        "[ $CNI_COMMAND = DEL ] && exit 0\ncat <<'EOF'\n"
            + FakePlugins.RESULT
            + "\nEOF\nsleep 5 2>/dev/null &");
    assertEquals("10.1.2.3", add().ips().getFirst());
  }

  @Test
  void add_programMissing_saysWhichAndRunsNone() throws IOException {
    plugins.list("main", "nowhere");
    plugins.succeeding("main", FakePlugins.RESULT);
    SandboxException e = assertThrows(SandboxException.class, this::add);
    assertEquals(ErrorCode.PROGRAM_MISSING, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("nowhere"));
    assertEquals(List.of(), plugins.calls());
  }

  @Test
  void add_badPodData_isRefused() throws IOException {
    plugins.list("main");
    plugins.succeeding("main", FakePlugins.RESULT);
    Cni cni = new Cni(plugins.settings);
    for (PodNetwork pod :
        List.of(
            plugins.pod("../x", List.of(), Map.of()),
            plugins.pod("", List.of(), Map.of()),
            plugins.pod("a", List.of(), Map.of(Bandwidth.EGRESS, "1")))) {
      SandboxException e = assertThrows(SandboxException.class, () -> cni.add(pod, soon()));
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    }
    assertEquals(List.of(), plugins.calls());
  }
}
