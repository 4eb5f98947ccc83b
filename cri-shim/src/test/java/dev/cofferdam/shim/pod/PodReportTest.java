package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.KeyValue;
import dev.cofferdam.shim.debug.PodReport;
import dev.cofferdam.shim.debug.Report;
import dev.cofferdam.shim.debug.TarGz;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodReportTest {
  private static final String SECRET = "hunter2";

  @TempDir Path root;
  private TestNode node;
  private String pod;

  @BeforeEach
  void startPod() throws Exception {
    node = new TestNode(root).started();
    pod = node.run(node.pod("web"));
    ContainerConfig config =
        TestNode.container("app", "sleep 1000").toBuilder()
            .addEnvs(KeyValue.newBuilder().setKey("MINE").setValue(ByteString.copyFromUtf8(SECRET)))
            .build();
    var _ = node.create(pod, config);
    Path sandbox = root.resolve("state/sandboxes").resolve(pod);
    Files.writeString(sandbox.resolve("runsc.log"), "it says: no\n");
    Path backends = Files.createDirectories(sandbox.resolve("backend/bundle"));
    Files.writeString(
        backends.resolve("config.json"), "{\"process\": {\"env\": [\"MINE=" + SECRET + "\"]}}");
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void report_byNameOrId_findsThePod() throws Exception {
    for (String name : List.of("web", "default/web", pod, pod.substring(0, 10))) {
      assertEquals(List.of(pod), collect(name, new Report()), name);
    }
    assertEquals(List.of(), collect("other", new Report()));
  }

  @Test
  void report_hasRecordsAndLogs_andNoVariables() throws Exception {
    Report report = new Report();
    var _ = collect("web", report);
    String folder = "pod-" + pod.substring(0, 13) + "/";
    assertTrue(
        report.pages().getOrDefault(folder + "record.json", "").contains("\"name\" : \"web\""));
    assertEquals("it says: no\n", report.pages().get(folder + "runsc.log"));
    assertTrue(
        report.pages().keySet().stream().anyMatch(page -> page.endsWith("bundle-config.json")),
        report.pages().keySet().toString());
    String all = String.join("\n", report.pages().values());
    assertTrue(all.contains("MINE=[redacted]"), all);
    assertFalse(all.contains(SECRET), all);
  }

  @Test
  void archive_isReadByTar() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TarGz.write(bytes, "report", Map.of("a/b.txt", "hello\n"), 1_700_000_000);
    Path file = Files.write(root.resolve("r.tar.gz"), bytes.toByteArray());
    Process tar =
        new ProcessBuilder("tar", "-xzOf", file.toString(), "report/a/b.txt")
            .redirectErrorStream(true)
            .start();
    assertEquals(
        "hello\n", new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, tar.waitFor());
  }

  private List<String> collect(String name, Report report) throws Exception {
    return new PodReport(root.resolve("state"), root.resolve("no-cgroups"), root.resolve("no-cni"))
        .collect(name, report);
  }
}
