package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CniDeleteTest {
  @TempDir Path folder;
  private FakePlugins plugins;
  private Cni cni;

  @BeforeEach
  void addPod() throws IOException {
    plugins = new FakePlugins(folder);
    plugins.list("main", "second");
    plugins.succeeding("main", FakePlugins.RESULT);
    plugins.succeeding("second", FakePlugins.RESULT);
    cni = new Cni(plugins.settings);
    assertFalse(cni.add(plugins.pod(), soon()).ips().isEmpty());
    Files.delete(folder.resolve("calls"));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  @Test
  void delete_attached_runsInReverseWithTheResultAndOnce() throws IOException {
    cni.delete(plugins.pod(), soon());
    assertEquals(List.of("DEL second", "DEL main"), plugins.calls());
    assertTrue(plugins.stdin("main", "DEL").contains("\"prevResult\""));
    cni.delete(plugins.pod(), soon());
    assertEquals(2, plugins.calls().size());
  }

  @Test
  void delete_configurationChanged_usesTheOldOne() throws IOException {
    plugins.list("other");
    new Cni(plugins.settings).delete(plugins.pod(), soon());
    assertEquals(List.of("DEL second", "DEL main"), plugins.calls());
  }

  @Test
  void delete_namespaceGone_pluginsGetNone() throws IOException {
    Files.delete(folder.resolve("netns"));
    cni.delete(plugins.pod(), soon());
    assertTrue(plugins.environment("main", "DEL").contains("CNI_NETNS="));
  }

  @Test
  void delete_pluginFails_stopsThereAndMayBeRepeated() throws IOException {
    plugins.script("second", "[ -e repaired ] && exit 0; exit 1");
    SandboxException e =
        assertThrows(SandboxException.class, () -> cni.delete(plugins.pod(), soon()));
    assertEquals(ErrorCode.PROGRAM_FAILED, e.code());
    assertEquals(List.of("DEL second"), plugins.calls());
    Files.createFile(folder.resolve("repaired"));
    cni.delete(plugins.pod(), soon());
    assertEquals(List.of(), cni.sandboxIds());
  }

  @Test
  void delete_cacheCorrupt_usesWhatIsConfiguredNow() throws IOException {
    Files.writeString(plugins.settings.cacheDir().resolve("a1b2.json"), "{\"format\":1");
    cni.delete(plugins.pod(), soon());
    assertEquals(List.of("DEL second", "DEL main"), plugins.calls());
    assertEquals(List.of(), cni.sandboxIds());
  }

  @Test
  void delete_addWasKilledWhileItNotedThePod_leavesNothing() throws IOException {
    Path cache = plugins.settings.cacheDir();
    Files.move(cache.resolve("a1b2.json"), cache.resolve(".a1b2.json.new"));
    cni.delete(plugins.pod(), soon());
    assertEquals(List.of(), plugins.calls());
    try (var left = Files.list(cache)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void check_attached_asksEveryPlugin() throws IOException {
    cni.check(plugins.pod(), soon());
    assertEquals(List.of("CHECK main", "CHECK second"), plugins.calls());
    JsonNode result = CniJson.object(plugins.stdin("main", "CHECK")).path("prevResult");
    assertTrue(result.has("interfaces"), "what is in the namespace");
    assertFalse(result.has("ips") || result.has("routes"), "which the wall has taken");
  }

  @Test
  void check_pluginThatBreaksDown_hasNotObjected_andTheNextIsAsked() throws IOException {
    plugins.script("main", "echo 'panic: nil pointer' >&2; exit 2");
    cni.check(plugins.pod(), soon());
    assertEquals(List.of("CHECK main", "CHECK second"), plugins.calls());
    plugins.script("second", "echo '{\"code\": 100, \"msg\": \"no link\"}'; exit 1");
    SandboxException e =
        assertThrows(SandboxException.class, () -> cni.check(plugins.pod(), soon()));
    assertTrue(String.valueOf(e.getMessage()).contains("no link"), e.getMessage());
  }

  @Test
  void check_notAttached_isNotFound() {
    cni.delete(plugins.pod(), soon());
    SandboxException e =
        assertThrows(SandboxException.class, () -> cni.check(plugins.pod(), soon()));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
  }

  @Test
  void notReadyReason_configurationComesAndGoes_isSeenAtOnce() throws IOException {
    assertEquals(Optional.empty(), cni.notReadyReason());
    Files.delete(plugins.settings.configDir().resolve("10-net.conflist"));
    assertTrue(cni.notReadyReason().orElseThrow().contains("install a network plugin"));
    plugins.network("05.conflist", "{");
    assertTrue(cni.notReadyReason().orElseThrow().contains("05.conflist is broken"));
    plugins.network("01.conf", "{\"cniVersion\": \"0.3.1\", \"name\": \"n\", \"type\": \"main\"}");
    assertEquals(Optional.empty(), cni.notReadyReason());
  }

  @Test
  void notReadyReason_status_isAskedOfPluginsThatKnowIt() throws IOException {
    plugins.network(
        "10-net.conflist",
        "{\"cniVersion\": \"1.1.0\", \"name\": \"n\", \"plugins\": [{\"type\": \"main\"}]}");
    plugins.script("main", "echo '{\"code\": 50, \"msg\": \"no daemon\"}'; exit 1");
    assertTrue(cni.notReadyReason().orElseThrow().contains("no daemon"));
    plugins.script(
        "main", "echo '{\"code\": 4, \"msg\": \"unknown CNI_COMMAND: STATUS\"}'; exit 1");
    assertEquals(Optional.empty(), cni.notReadyReason());
  }
}
