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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plugins cut off whatever GC does not list. No plugin that can be had does; scripts stand in. */
@Timeout(120)
final class CniGcTest {
  private static final AttachmentId RUNC = new AttachmentId("runc1", "eth0");

  @TempDir Path folder;
  private FakePlugins plugins;
  private Cni cni;

  @BeforeEach
  void addPod() throws IOException {
    plugins = new FakePlugins(folder);
    network("");
    plugins.succeeding("main", FakePlugins.RESULT);
    plugins.succeeding("second", FakePlugins.RESULT);
    cni = new Cni(plugins.settings);
    assertFalse(cni.add(plugins.pod(), soon()).ips().isEmpty());
    Files.delete(folder.resolve("calls"));
  }

  private void network(String settings) throws IOException {
    plugins.network(
        "10-net.conflist",
        "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", "
            + settings
            + "\"plugins\": [{\"type\": \"main\"}, {\"type\": \"second\"}]}");
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  private boolean collect() {
    return cni.collectGarbage(() -> Set.of(RUNC), List.of("a1b2"), soon());
  }

  private List<String> told(String plugin) throws IOException {
    JsonNode config = new ObjectMapper().readTree(plugins.stdin(plugin, "GC"));
    assertEquals(config.path("cni.dev/attachments"), config.path("cni.dev/valid-attachments"));
    List<String> told = new ArrayList<>();
    for (JsonNode id : config.path("cni.dev/valid-attachments")) {
      told.add(id.path("containerID").asText() + "/" + id.path("ifname").asText());
    }
    return told;
  }

  @Test
  void collectGarbage_tellsEveryPluginOfAllAttachmentsOnTheNode() throws IOException {
    assertTrue(collect());
    assertEquals(List.of("GC main", "GC second"), plugins.calls());
    assertEquals(List.of("runc1/eth0", "a1b2/eth0"), told("main"));
    assertEquals(List.of("runc1/eth0", "a1b2/eth0"), told("second"));
    JsonNode config = new ObjectMapper().readTree(plugins.stdin("main", "GC"));
    assertEquals("net", config.path("name").asText());
    assertFalse(plugins.environment("main", "GC").toString().contains("CNI_CONTAINERID"));
    assertTrue(plugins.environment("main", "GC").toString().contains("CNI_PATH="));
  }

  @Test
  void collectGarbage_othersCannotTell_asksNoPlugin() throws IOException {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () ->
                cni.collectGarbage(
                    () -> {
                      throw new SandboxException(ErrorCode.UNAVAILABLE, "containerd is away");
                    },
                    List.of(),
                    soon()));
    assertEquals(ErrorCode.UNAVAILABLE, e.code());
    assertEquals(List.of(), plugins.calls());
  }

  @Test
  void collectGarbage_oneOfOursIsNotInTheCache_asksNoPlugin() throws IOException {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> cni.collectGarbage(Set::of, List.of("a1b2", "lost"), soon()));
    assertEquals(ErrorCode.CORRUPT_STATE, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("[lost]"), e.getMessage());
    assertEquals(List.of(), plugins.calls());
  }

  @Test
  void collectGarbage_corruptCacheFile_countsAsAttached() throws IOException {
    Files.writeString(plugins.settings.cacheDir().resolve("a1b2.json"), "{");
    assertTrue(collect());
    assertTrue(told("main").contains("a1b2/eth0"));
  }

  @Test
  void collectGarbage_notWantedOrTooOld_asksNoPlugin() throws IOException {
    network("\"disableGC\": true, ");
    assertFalse(cni.hasGc());
    assertFalse(collect());
    plugins.list("main", "second"); // of version 1.0.0
    assertFalse(collect());
    assertEquals(List.of(), plugins.calls());
  }

  @Test
  void collectGarbage_onePluginFails_theOthersAreAskedAllTheSame() throws IOException {
    plugins.script("main", "echo '{\"code\": 100, \"msg\": \"busy\"}'; exit 1");
    SandboxException e = assertThrows(SandboxException.class, this::collect);
    assertTrue(String.valueOf(e.getMessage()).contains("failed on GC: busy"), e.getMessage());
    assertEquals(List.of("GC main", "GC second"), plugins.calls());
  }

  @Test
  void collectGarbage_pluginKnowsNothingOfIt_isNoFailure() throws IOException {
    plugins.script("main", "echo '{\"code\": 4, \"msg\": \"unknown CNI_COMMAND: GC\"}'; exit 1");
    plugins.script(
        "second", "echo '{\"code\": 1, \"msg\": \"plugin version does not allow GC\"}'; exit 1");
    assertTrue(collect());
  }

  @Test
  void collectGarbage_whileAPodIsBeingAttached_doesNothing() throws Exception {
    plugins.script(
        "main",
        "[ $CNI_COMMAND = ADD ] || exit 0; touch begun; until [ -e go ]; do sleep 0.01; done; exit 1");
    Thread adding =
        Thread.ofVirtual()
            .start(
                () ->
                    assertThrows(
                        SandboxException.class,
                        () -> cni.add(plugins.pod("b1", List.of(), Map.of()), soon())));
    await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(folder.resolve("begun")));
    assertFalse(collect());
    Files.createFile(folder.resolve("go"));
    adding.join();
    assertTrue(collect());
    assertFalse(told("second").contains("b1/eth0"));
  }

  @Test
  void add_whileGarbageIsCollected_waits() throws Exception {
    Thread[] adding = new Thread[1];
    boolean collected =
        cni.collectGarbage(
            () -> {
              adding[0] =
                  Thread.ofVirtual()
                      .start(
                          () -> {
                            Attachment _ = cni.add(plugins.pod("b1", List.of(), Map.of()), soon());
                          });
              await()
                  .atMost(Duration.ofSeconds(30))
                  .until(() -> adding[0].getState() == Thread.State.TIMED_WAITING);
              return Set.of();
            },
            List.of(),
            soon());
    assertTrue(collected);
    adding[0].join();
    assertEquals(List.of("GC main", "GC second", "ADD main", "ADD second"), plugins.calls());
  }

  @Test
  void libcniCache_asGoWritesIt_isReadWholeOrNotAtAll() throws IOException {
    Path results = Files.createDirectories(folder.resolve("libcni/results"));
    LibcniCache cache = new LibcniCache(folder.resolve("libcni"));
    assertEquals(List.of(), cache.entries());
    Files.writeString(
        results.resolve("net-runc1-eth0"),
        """
        {"kind":"cniCacheV1","containerId":"runc1","config":"e30=","ifName":"eth0","networkName":"net",
         "netns":"/var/run/netns/cni-1","result":{"cniVersion":"1.0.0"}}
        """);
    assertEquals(List.of(new LibcniCache.Entry(RUNC, "/var/run/netns/cni-1")), cache.entries());
    for (String broken : List.of("", "{", "{}", "{\"containerId\": \"x\"}", "[]")) {
      Files.writeString(results.resolve("net-x-eth0"), broken);
      SandboxException e = assertThrows(SandboxException.class, cache::entries, broken);
      assertEquals(ErrorCode.CORRUPT_STATE, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains("net-x-eth0"), e.getMessage());
    }
    Files.delete(results.resolve("net-x-eth0"));
    Files.createDirectory(results.resolve("folder"));
    assertThrows(SandboxException.class, cache::entries);
  }

  @Test
  void libcniCache_neverUsed_isEmpty() {
    assertEquals(List.of(), new LibcniCache(folder.resolve("nowhere")).entries());
  }
}
