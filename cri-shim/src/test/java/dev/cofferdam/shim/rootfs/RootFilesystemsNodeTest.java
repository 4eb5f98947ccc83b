package dev.cofferdam.shim.rootfs;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.image.Image;
import dev.cofferdam.shim.image.Images;
import dev.cofferdam.shim.testing.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a real containerd with overlayfs. */
@Tag("node")
final class RootFilesystemsNodeTest {
  private static final String CONFIG =
      """
      {"Entrypoint": ["/bin/app"], "Cmd": ["-v"], "Env": ["PATH=/bin", "A=b"], "User": "web:www",
       "WorkingDir": "srv", "StopSignal": "SIGQUIT", "Volumes": {"/data": {}}}
      """;

  @TempDir static Path folder;
  private static dev.cofferdam.shim.testing.Containerd server;
  private static Containerd client;
  private static Images images;
  private static RootFilesystems filesystems;

  @BeforeAll
  static void start() throws IOException {
    server = new dev.cofferdam.shim.testing.Containerd(Files.createDirectory(folder.resolve("c")));
    client = new Containerd(server.socket());
    images = new Images(client);
    filesystems = new RootFilesystems(client, "this-node");
    server.importImage(image("web").archive("docker.io/library/web:1", CONFIG));
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> known("web:1"));
  }

  @AfterAll
  static void stop() throws IOException {
    client.close();
    server.close();
  }

  private static TestImage image(String name) throws IOException {
    Path work = Files.createDirectories(folder.resolve(name));
    Path first = work.resolve("1");
    Files.createDirectories(first.resolve("etc"));
    Files.writeString(first.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:\n");
    Files.writeString(first.resolve("etc/group"), "www:x:44:\nextra:x:55:bob,web\nweb:x:34:web\n");
    Files.writeString(first.resolve("name"), name);
    Path second = work.resolve("2");
    Files.createDirectories(second.resolve("bin"));
    Files.writeString(second.resolve("bin/app"), "app");
    return new TestImage(Files.createDirectory(work.resolve("image"))).layer(first).layer(second);
  }

  private static boolean known(String reference) {
    return !images.resolve(reference, soon()).id().isEmpty();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  @Test
  void resolve_shortNameOrId_sameImageWithItsConfiguration() {
    Image image = images.resolve("web:1", soon());
    assertEquals(image, images.resolve(image.id(), soon()));
    assertEquals("docker.io/library/web:1", image.names().getFirst());
    assertEquals(List.of("/bin/app"), image.config().entrypoint());
    assertEquals(List.of("PATH=/bin", "A=b"), image.config().environment());
    assertEquals("/srv", image.config().workingDirectory());
    assertEquals("SIGQUIT", image.config().stopSignal());
    assertTrue(image.config().volumes().contains("/data"));
  }

  @Test
  void resolve_unknown_isNotFound() {
    SandboxException e =
        assertThrows(SandboxException.class, () -> images.resolve("nosuch:1", soon()));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
    assertEquals("image nosuch:1 is not on this node; pull it first", e.getMessage());
  }

  @Test
  void prepareWriteRemove_twiceEach_nothingIsLeft() throws IOException {
    Image image = images.resolve("web:1", soon());
    Path mountPoint = folder.resolve("rootfs/c1");
    Prepared prepared = filesystems.prepare("c1", image, mountPoint, soon());
    assertEquals("overlayfs", prepared.snapshotter());
    assertEquals(prepared, filesystems.prepare("c1", image, mountPoint, soon()));
    assertEquals("web", Files.readString(mountPoint.resolve("name")));
    Files.write(mountPoint.resolve("written"), new byte[100_000]);
    assertTrue(filesystems.usage("c1", soon()).bytes() >= 100_000);
    assertEquals(List.of("c1"), filesystems.containerIds(soon()));
    ProcessSpec.User user =
        new Users().resolve(mountPoint, image.config().user(), Optional.empty(), List.of(), false);
    assertEquals(new ProcessSpec.User(33, 44, List.of(44L, 55L)), user);

    // It outlives containerd's garbage collector, though nothing refers to it but its label.
    server.ctr("content", "prune", "references");
    server.restart();
    assertEquals(
        "overlayfs",
        new RootFilesystems(client, "this-node")
            .prepare("c1", image, mountPoint, soon())
            .snapshotter());
    assertEquals(100_000, Files.size(mountPoint.resolve("written")));

    filesystems.remove("c1", mountPoint, soon());
    filesystems.remove("c1", mountPoint, soon());
    assertFalse(Files.exists(mountPoint));
    assertEquals(List.of(), filesystems.containerIds(soon()));
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(mountPoint.toString()));
  }

  @Test
  void remove_fileStillOpen_isDoneLazily() throws IOException {
    Path mountPoint = folder.resolve("rootfs/c2");
    filesystems.prepare("c2", images.resolve("web:1", soon()), mountPoint, soon());
    try (InputStream held = Files.newInputStream(mountPoint.resolve("name"))) {
      filesystems.remove("c2", mountPoint, Deadline.after(Duration.ofSeconds(5)));
      assertFalse(Files.exists(mountPoint));
      assertEquals('w', held.read());
    }
  }

  @Test
  void prepare_imageNotUnpacked_saysSoAndLeavesNothing() throws IOException {
    server.importImage(image("packed").archive("docker.io/library/packed:1", "{}"), "--no-unpack");
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> known("packed:1"));
    Path mountPoint = folder.resolve("rootfs/c3");
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () ->
                filesystems.prepare("c3", images.resolve("packed:1", soon()), mountPoint, soon()));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("pull it again"), e.getMessage());
    assertFalse(filesystems.containerIds(soon()).contains("c3"));
  }

  /** containerd itself takes such an image in, as long as nobody unpacks it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[\"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
        "[\"../../etc\", \"x\"]"
      })
  void resolve_layersDoNotMatchTheManifest_isRefused(String diffIds) throws IOException {
    String name = "liar" + diffIds.length();
    server.importImage(
        image(name).archive("docker.io/library/" + name + ":1", "{}", diffIds), "--no-unpack");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              SandboxException e =
                  assertThrows(SandboxException.class, () -> images.resolve(name + ":1", soon()));
              assertEquals(ErrorCode.INVALID_ARGUMENT, e.code(), e.getMessage());
            });
  }

  @Test
  void prepare_sixtyLayers_moreOptionsThanAPage() throws IOException {
    Path work = Files.createDirectories(folder.resolve("deep"));
    TestImage deep = new TestImage(Files.createDirectory(work.resolve("image")));
    for (int i = 0; i < 60; i++) {
      Path layer = Files.createDirectory(work.resolve("layer" + i));
      Files.writeString(layer.resolve("file" + i), "x");
      deep.layer(layer);
    }
    server.importImage(deep.archive("docker.io/library/deep:1", "{}"));
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> known("deep:1"));
    Path mountPoint = folder.resolve("rootfs/c4");
    filesystems.prepare("c4", images.resolve("deep:1", soon()), mountPoint, soon());
    assertTrue(Files.exists(mountPoint.resolve("file0")));
    assertTrue(Files.exists(mountPoint.resolve("file59")));
    filesystems.remove("c4", mountPoint, soon());
  }

  @Test
  void anyCall_containerdAway_isUnavailableAndRecovers() throws IOException {
    server.stop();
    SandboxException e =
        assertThrows(SandboxException.class, () -> images.resolve("web:1", soon()));
    assertEquals(ErrorCode.UNAVAILABLE, e.code());
    server.restart();
    assertEquals("docker.io/library/web:1", images.resolve("web:1", soon()).names().getFirst());
  }
}
