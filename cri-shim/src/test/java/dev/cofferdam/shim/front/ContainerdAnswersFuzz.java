package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.cofferdam.containerd.content.v1.ContentGrpc;
import dev.cofferdam.containerd.content.v1.ReadContentResponse;
import dev.cofferdam.containerd.images.v1.GetImageResponse;
import dev.cofferdam.containerd.images.v1.ImagesGrpc;
import dev.cofferdam.containerd.introspection.v1.IntrospectionGrpc;
import dev.cofferdam.containerd.introspection.v1.Plugin;
import dev.cofferdam.containerd.introspection.v1.PluginsResponse;
import dev.cofferdam.containerd.snapshots.v1.Info;
import dev.cofferdam.containerd.snapshots.v1.ListSnapshotsResponse;
import dev.cofferdam.containerd.snapshots.v1.PrepareSnapshotResponse;
import dev.cofferdam.containerd.snapshots.v1.SnapshotsGrpc;
import dev.cofferdam.containerd.snapshots.v1.UsageResponse;
import dev.cofferdam.containerd.types.Descriptor;
import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.cri.v1.FilesystemIdentifier;
import dev.cofferdam.cri.v1.FilesystemUsage;
import dev.cofferdam.cri.v1.Image;
import dev.cofferdam.cri.v1.ImageFsInfoResponse;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.ImageStatusResponse;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.CriSandboxes;
import dev.cofferdam.shim.containerd.CriSnapshotter;
import dev.cofferdam.shim.containerd.Snapshots;
import dev.cofferdam.shim.image.Images;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What containerd answers, as a broken or a later one might: understood, or an error of ours. */
@SuppressWarnings("NullAway.Init") // made before the first property
class ContainerdAnswersFuzz {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final PodSandbox OURS = PodSandbox.newBuilder().setId(OneOfOurs.POD).build();

  private static Path folder;
  private static FakeContainerd containerd;
  private static Containerd connection;
  private static CriServer server;
  private static RawClient client;

  @BeforeContainer
  static void start() throws Exception {
    folder = Files.createTempDirectory("answers");
    containerd = new FakeContainerd(folder.resolve("containerd.sock")).start();
    connection = new Containerd(containerd.socket);
    server =
        new CriServer(
            folder.resolve("cri.sock"),
            containerd.socket,
            new OneOfOurs(),
            List.of(
                new Route.Merged<>(
                    RuntimeServiceGrpc.getListPodSandboxMethod(),
                    request -> ListPodSandboxResponse.newBuilder().addItems(OURS).build())),
            FrontSettings.defaults());
    server.start();
    client = new RawClient(folder.resolve("cri.sock"));
  }

  @AfterContainer
  static void stop() throws Exception {
    client.close();
    server.close();
    connection.close();
    containerd.close();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static Arbitrary<byte[]> like(MessageLite answer) {
    return Mutations.of(List.of(answer.toByteArray()));
  }

  @Provide
  Arbitrary<byte[]> statuses() {
    return like(
        ImageStatusResponse.newBuilder()
            .setImage(
                Image.newBuilder()
                    .setId(DIGEST)
                    .addRepoTags("docker.io/library/a:1")
                    .addRepoDigests("a@" + DIGEST))
            .build());
  }

  @Provide
  Arbitrary<byte[]> records() {
    return like(
        GetImageResponse.newBuilder()
            .setImage(
                dev.cofferdam.containerd.images.v1.Image.newBuilder()
                    .setName(DIGEST)
                    .setTarget(
                        Descriptor.newBuilder()
                            .setMediaType("application/vnd.oci.image.manifest.v1+json")
                            .setDigest(DIGEST)
                            .setSize(100)))
            .build());
  }

  @Provide
  Arbitrary<byte[]> contents() {
    return like(
        ReadContentResponse.newBuilder().setData(ByteString.copyFrom(new byte[100])).build());
  }

  @Provide
  Arbitrary<byte[]> mounts() {
    return like(
        PrepareSnapshotResponse.newBuilder()
            .addMounts(
                Mount.newBuilder()
                    .setType("overlay")
                    .setSource("overlay")
                    .addOptions("lowerdir=/a:/b"))
            .build());
  }

  @Provide
  Arbitrary<byte[]> snapshots() {
    return like(
        ListSnapshotsResponse.newBuilder()
            .addInfo(Info.newBuilder().setName("a").putLabels("k", "v"))
            .build());
  }

  @Provide
  Arbitrary<byte[]> usages() {
    return like(UsageResponse.newBuilder().setSize(1 << 20).setInodes(7).build());
  }

  @Provide
  Arbitrary<byte[]> filesystems() {
    return like(
        ImageFsInfoResponse.newBuilder()
            .addImageFilesystems(
                FilesystemUsage.newBuilder()
                    .setFsId(FilesystemIdentifier.newBuilder().setMountpoint("/var/lib/c/o")))
            .build());
  }

  @Provide
  Arbitrary<byte[]> plugins() {
    return like(
        PluginsResponse.newBuilder()
            .addPlugins(
                Plugin.newBuilder()
                    .setType("io.containerd.snapshotter.v1")
                    .setId("overlayfs")
                    .putExports("root", "/var/lib/c/o"))
            .build());
  }

  @Provide
  Arbitrary<byte[]> lists() {
    return like(
        ListPodSandboxResponse.newBuilder()
            .addItems(
                PodSandbox.newBuilder()
                    .setId("theirs")
                    .setMetadata(PodSandboxMetadata.newBuilder().setName("a").setUid("b"))
                    .putLabels("k", "v"))
            .build());
  }

  private static void answers(MethodDescriptor<?, ?> method, byte[] answer) {
    containerd.headers.clear();
    containerd.unary(method.getFullMethodName(), request -> answer);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static void understoodOrRefused(Runnable call) {
    try {
      call.run();
    } catch (SandboxException e) {
      assertFalse(String.valueOf(e.getMessage()).isBlank());
    }
  }

  @Fuzz
  void image_isUnderstoodOrRefused(
      @ForAll("statuses") byte[] status,
      @ForAll("records") byte[] record,
      @ForAll("contents") byte[] content) {
    answers(ImageServiceGrpc.getImageStatusMethod(), status);
    answers(ImagesGrpc.getGetMethod(), record);
    answers(ContentGrpc.getReadMethod(), content);
    understoodOrRefused(() -> new Images(connection).resolve("a", soon()));
  }

  @Fuzz
  void content_inManyOrEndlessPieces_isNeverMoreThanItsSize(@ForAll("contents") byte[] content) {
    answers(
        ImageServiceGrpc.getImageStatusMethod(),
        ImageStatusResponse.newBuilder()
            .setImage(Image.newBuilder().setId(DIGEST))
            .build()
            .toByteArray());
    answers(
        ImagesGrpc.getGetMethod(),
        GetImageResponse.newBuilder()
            .setImage(
                dev.cofferdam.containerd.images.v1.Image.newBuilder()
                    .setTarget(Descriptor.newBuilder().setDigest(DIGEST).setSize(100)))
            .build()
            .toByteArray());
    containerd.handle(
        ContentGrpc.getReadMethod().getFullMethodName(),
        (call, request) -> {
          call.sendHeaders(new Metadata());
          for (int i = 0; i < 5; i++) {
            call.sendMessage(content);
          }
          call.close(Status.OK, new Metadata());
        });
    understoodOrRefused(() -> new Images(connection).resolve("a", soon()));
  }

  @Fuzz
  void snapshots_areUnderstoodOrRefused(
      @ForAll("mounts") byte[] mounts,
      @ForAll("snapshots") byte[] list,
      @ForAll("usages") byte[] usage) {
    answers(SnapshotsGrpc.getPrepareMethod(), mounts);
    answers(SnapshotsGrpc.getListMethod(), list);
    answers(SnapshotsGrpc.getUsageMethod(), usage);
    Snapshots snapshots = new Snapshots(connection, "overlayfs");
    understoodOrRefused(() -> snapshots.prepare("k", "p", Map.of(), soon()));
    understoodOrRefused(() -> snapshots.list("labels.a", soon()));
    understoodOrRefused(() -> snapshots.usage("k", soon()));
  }

  @Fuzz
  void snapshotter_isFoundOrNot(
      @ForAll("filesystems") byte[] filesystems, @ForAll("plugins") byte[] plugins) {
    answers(ImageServiceGrpc.getImageFsInfoMethod(), filesystems);
    answers(IntrospectionGrpc.getPluginsMethod(), plugins);
    understoodOrRefused(() -> new CriSnapshotter(connection).name(soon()));
  }

  @Fuzz
  void sandboxes_areUnderstoodOrRefused(@ForAll("lists") byte[] list) {
    answers(RuntimeServiceGrpc.getListPodSandboxMethod(), list);
    understoodOrRefused(() -> new CriSandboxes(connection).all(soon()));
  }

  /** Merged, whatever containerd says stands first and unchanged: it is not ours to understand. */
  @Fuzz
  void list_isTheirsAsItCameAndOursBehindIt(@ForAll("lists") byte[] list) {
    answers(RuntimeServiceGrpc.getListPodSandboxMethod(), list);
    RawClient.Answer answer =
        client.unary(RuntimeServiceGrpc.getListPodSandboxMethod().getFullMethodName(), new byte[0]);
    assertEquals(Status.Code.OK, answer.status().getCode());
    byte[] ours = ListPodSandboxResponse.newBuilder().addItems(OURS).build().toByteArray();
    byte[] merged = answer.message();
    assertTrue(merged.length == list.length + ours.length);
    assertArrayEquals(list, Arrays.copyOf(merged, list.length));
    assertArrayEquals(ours, Arrays.copyOfRange(merged, list.length, merged.length));
  }
}
