package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.bench.CriConnection;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.lab.Footprint;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Guests that lie to a whole shim, by CRI, beside a pod that is honest and does not notice. What
 * lies there are and what each part makes of them, the backend's own tests show: {@code dev/test
 * --long e2e}.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class LyingPodTest {
  private static final Duration CLEAN = Duration.ofMinutes(1);
  private static final Duration NOTICED = Duration.ofMinutes(1);
  private static final String LOGS = "/var/log/pods";
  private static final long MOST_CONSOLE_BYTES = 64 << 10;

  /** Of the shim's whole process: its heap has 96 MB. */
  private static final long MOST_MORE_KIB = 48 << 10;

  /** The built-in handler tries KVM first, which hangs in places. */
  private static final String POLICY =
      """
      apiVersion: cofferdam.dev/v1alpha1
      kind: SandboxPolicy
      metadata: {name: emulated}
      spec:
        isolation: Development
        backends: [{type: MicroVM, microVM: {acceleration: Emulated}}]
      """;

  private static final Lab LAB =
      new Lab(
          new LabOptions(
                  System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "liar",
                  SharedLab.REPOSITORY,
                  NodeRuntime.SHIM,
                  false)
              .withMicroVm(),
          new Progress(System.err));

  private static @Nullable LyingImageFolder image;
  private static @Nullable CriConnection connection;
  private static @Nullable CriPod honest;
  private static @Nullable Footprint empty;
  private static String bootId = "";

  private @Nullable Footprint before;
  private long memoryBefore;

  @BeforeAll
  static void runAnHonestPod() throws IOException {
    LAB.down();
    LAB.up();
    Path policies = Files.createDirectories(LAB.directories().etc("cofferdam/policies"));
    Files.writeString(policies.resolve("emulated.yaml"), POLICY);
    image = new LyingImageFolder(LAB.directories().root().resolve("guest"));
    LAB.shim().stop();
    LAB.shim().startWith("backend.microvm.images=" + image().folder());
    connection = new CriConnection(LAB.seenAs("run/cofferdam/cri.sock"));
    var _ = LAB.shell().run("crictl", "pull", "busybox").orThrow();
    // The first pod's also waits for the proof of what can be booted at all.
    pod("first").run().remove();
    empty = Footprint.of(LAB);
    honest = pod("honest").run().start(List.of("sleep", "100000"));
    bootId = bootIdOfTheHonest();
  }

  private static LyingImageFolder image() {
    return Objects.requireNonNull(image);
  }

  private static CriPod pod(String name) {
    return new CriPod(
        Objects.requireNonNull(connection)::runtime, name, "cofferdam-emulated", LOGS);
  }

  private static String bootIdOfTheHonest() {
    return Objects.requireNonNull(honest)
        .exec("cat", "/proc/sys/kernel/random/boot_id")
        .getStdout()
        .toStringUtf8();
  }

  @BeforeEach
  void measure() throws IOException {
    before = Footprint.of(LAB);
    memoryBefore = memory();
  }

  private static long memory() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + LAB.shim().processId() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private void assertNobodyElseNotices() throws IOException {
    assertEquals(bootId, bootIdOfTheHonest());
    long more = memory() - memoryBefore;
    assertTrue(more < MOST_MORE_KIB, () -> "the shim holds " + more + " KiB more");
  }

  @AfterEach
  void nothingIsLeftOfTheLiar() throws IOException {
    assertNobodyElseNotices();
    Awaitility.await("nothing is left of the pod")
        .atMost(CLEAN)
        .untilAsserted(
            () ->
                assertEquals(
                    List.of(), Footprint.of(LAB).differencesFrom(Objects.requireNonNull(before))));
  }

  @AfterAll
  static void down() {
    try {
      CriPod pod = honest;
      if (pod != null) {
        assertTrue(pod.ready());
        pod.remove();
        Awaitility.await("nothing is left")
            .atMost(CLEAN)
            .untilAsserted(
                () ->
                    assertEquals(
                        List.of(),
                        Footprint.of(LAB).differencesFrom(Objects.requireNonNull(empty))));
      }
    } finally {
      if (connection != null) {
        connection.close();
      }
      LAB.down();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"big-answer", "endless-bytes", "silent"})
  void runPodSandbox_guestThatSpeaksNoSense_failsAndSaysSo(String lie) throws IOException {
    image().lie(lie);
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, pod(lie)::run);
    assertTrue(
        String.valueOf(refused.getMessage()).contains("greeting the guest"), refused::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"oversized", "out-of-order"})
  void output_broken_endsThePodAndSaysWhy(String lie) throws IOException {
    image().lie(lie);
    CriPod pod = pod(lie).run().start(List.of("true"));
    Awaitility.await("the pod is over").atMost(NOTICED).until(() -> !pod.ready());
    Awaitility.await("the container is over")
        .atMost(NOTICED)
        .until(() -> pod.container().getState() == ContainerState.CONTAINER_EXITED);
    String message = pod.container().getMessage();
    assertTrue(message.contains("the guest broke the protocol: output of"), message);
    pod.remove();
  }

  /** Its log, which is a container's to fill, and its console. */
  @Test
  void output_endless_leavesRoomForOthers() throws IOException {
    image().lie("flood");
    CriPod pod = pod("flood").run().start(List.of("true"));
    Path log = LAB.seenAs(LOGS.substring(1) + "/flood/main.log");
    Awaitility.await("its log fills").atMost(NOTICED).until(() -> Files.size(log) > 8 << 20);
    assertNobodyElseNotices();
    assertEquals(
        MOST_CONSOLE_BYTES,
        Long.parseLong(
            LAB.shell()
                .run(
                    "sh", "-c", "find /var/lib/cofferdam -name console.log -size +60k -printf '%s'")
                .out()
                .strip()));
    assertTrue(pod.ready());
    pod.remove();
    Files.delete(log);
  }

  @Test
  void fileService_askedForAll_givesTheVolumeOnly() throws IOException {
    image().lie("files");
    Path volume = Files.createDirectories(LAB.directories().root().resolve("volume"));
    CriPod pod = pod("files").run().start(List.of("true"), CriPod.mount(volume, "/v"));
    Awaitility.await("the guest has made files in its volume")
        .atMost(NOTICED)
        .until(() -> Files.exists(volume.resolve("file-3")));
    assertNobodyElseNotices();
    assertTrue(pod.ready());
    pod.remove();
    assertEquals(5, Objects.requireNonNull(volume.toFile().list()).length);
  }
}
