package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.ContractFixture;
import dev.cofferdam.sandbox.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Machines that QEMU boots like any other, and whose agent lies, beside a pod with an honest one:
 * what {@link dev.cofferdam.microvm.sandbox} shows without machines, through all parts of a node.
 */
@Tag("microvm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LyingMachineTest extends ContractFixture {
  private static final long MIB = 1 << 20;

  /** What the shim's heap may hold more than before, once rubbish is collected. */
  private static final long MOST_HEAP_BYTES = 16 * MIB;

  private static final long MOST_CONSOLE_BYTES = 64 << 10;

  /** Boot included, which is slow on a busy machine; such guests use up all of it. */
  private static final Duration UNANSWERED = Duration.ofSeconds(60);

  private Path whole = Path.of("/nowhere");
  private @Nullable MicroVmNode node;
  private @Nullable Backend honest;
  private @Nullable SharedSandbox neighbour;
  private @Nullable MicroVmNode liars;
  private @Nullable Backend lying;
  private final List<MicroVmNode> nodes = new ArrayList<>();
  private long heapBefore;

  @BeforeAll
  void startTheNeighbour() throws Exception {
    whole = Files.createTempDirectory("vl");
    node = node(Files.createDirectories(whole.resolve("n")), Map.of());
    honest = node.open();
    neighbour =
        new SharedSandbox(
            honest,
            new SandboxSpec(
                newId(),
                variant(),
                Files.createDirectories(whole.resolve("neighbour")),
                "neighbour",
                node.newNetwork(),
                Optional.empty(),
                Resources.UNLIMITED,
                Map.of(),
                false,
                false));
  }

  private MicroVmNode node(Path folder, Map<String, String> settings) {
    MicroVmNode made = new MicroVmNode(folder, settings);
    nodes.add(made);
    return made;
  }

  private void lie(String lie) throws Exception {
    Path folder = Files.createDirectories(whole.resolve(lie));
    Path image =
        LyingImage.make(
            folder.resolve("image"),
            Path.of(MicroVmNode.required("COFFERDAM_GUEST_IMAGE")),
            Path.of(MicroVmNode.required("COFFERDAM_LIAR")),
            lie);
    liars = node(folder, Map.of("images", image.toString()));
    lying = liars.open();
  }

  @BeforeEach
  void measure() {
    heapBefore = heap();
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Asked while the lie is told. */
  private void assertNobodyElseNotices() throws Exception {
    long more = heap() - heapBefore;
    assertTrue(more < MOST_HEAP_BYTES, () -> "the heap holds " + more + " bytes more");
    Container container = started(Objects.requireNonNull(neighbour), "exit 7");
    assertEquals(7, exitOf(container).code());
  }

  @AfterEach
  void neighbourIsThere() throws Exception {
    assertNobodyElseNotices();
    Objects.requireNonNull(neighbour).removeContainers();
  }

  @AfterAll
  void end() throws Exception {
    Objects.requireNonNull(node).assertNothingLeft(Objects.requireNonNull(neighbour).end());
    for (MicroVmNode each : nodes) {
      each.close();
    }
    MonitorFiles.remove(whole);
  }

  @ParameterizedTest
  @ValueSource(strings = "big-answer")
  void create_guestThatSpeaksNoSense_failsAndLeavesNothing(String lie) throws Exception {
    failsToStart(lie);
  }

  @ParameterizedTest
  @EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
  @ValueSource(strings = {"silent", "reset", "endless-bytes", "no-grpc"})
  void create_moreGuestsThatSpeakNoSense_failAndLeaveNothing(String lie) throws Exception {
    failsToStart(lie);
  }

  private void failsToStart(String lie) throws Exception {
    lie(lie);
    SandboxSpec spec = sandboxSpec();
    Deadline deadline = Deadline.after(UNANSWERED);
    SandboxException failed =
        assertThrows(SandboxException.class, () -> backend().create(spec, deadline));
    String message = String.valueOf(failed.getMessage());
    assertTrue(message.startsWith("greeting the guest"), message);
    if (lie.equals("big-answer")) {
      assertEquals(ErrorCode.RESOURCE_EXHAUSTED, failed.code());
    }
    assertNothingLeft(spec);
  }

  @ParameterizedTest
  @ValueSource(strings = {"out-of-order", "oversized"})
  void output_broken_endsThePodWithThatReason(String lie) throws Exception {
    endsWithTheReason(lie);
  }

  @ParameterizedTest
  @EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
  @ValueSource(strings = {"duplicated", "empty"})
  void output_brokenInOtherWays_endsThePodWithThatReason(String lie) throws Exception {
    endsWithTheReason(lie);
  }

  private void endsWithTheReason(String lie) throws Exception {
    lie(lie);
    Sandbox sandbox = newSandbox();
    var _ = startContainer(sandbox);
    String reason = Eventually.returns("end of the sandbox", sandbox::awaitEnd);
    assertTrue(reason.startsWith("the guest broke the protocol: output of"), reason);
    sandbox.delete(soon());
    assertNothingLeft(specOf(sandbox));
  }

  private Container startContainer(Sandbox sandbox, MountSpec... mounts) throws Exception {
    Container container =
        sandbox.createContainer(
            containerSpec(
                shell("true"), mounts.length == 0 ? pipes().stdio() : Stdio.NONE, List.of(mounts)),
            soon());
    container.start(soon());
    return container;
  }

  /** Its log and its console, and it does not answer when it is to end. */
  @ParameterizedTest
  @ValueSource(strings = "flood")
  void output_endless_isHeldBack(String lie) throws Exception {
    lie(lie);
    Sandbox sandbox = newSandbox();
    var _ = startContainer(sandbox);
    SandboxSpec spec = specOf(sandbox);
    Path console = spec.directory().resolve("console.log");
    Eventually.get(
        "the console is full",
        () -> Optional.of(console.toFile().length()).filter(size -> size >= MOST_CONSOLE_BYTES));
    assertNobodyElseNotices();
    assertEquals(MOST_CONSOLE_BYTES, Files.size(console));
    endByForce(sandbox);
  }

  /** A container of it is never said to have ended, nor its machine to have been told. */
  private void endByForce(Sandbox sandbox) throws Exception {
    sandbox.stop(soon());
    sandbox.delete(soon());
    assertNothingLeft(specOf(sandbox));
  }

  @ParameterizedTest
  @ValueSource(strings = "files")
  void fileService_askedForAll_givesTheVolumeOnly(String lie) throws Exception {
    lie(lie);
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Sandbox sandbox = newSandbox();
    var _ = startContainer(sandbox, MountSpec.bind(volume.toString(), "/v", false));
    Eventually.get(
        "the guest has made files in its volume",
        () -> Optional.of(volume.resolve("file-3")).filter(Files::exists));
    assertNobodyElseNotices();
    assertTrue(Files.isSymbolicLink(volume.resolve("link")));
    try (var files = Files.list(volume)) {
      assertEquals(5, files.count());
    }
    endByForce(sandbox);
  }

  @Override
  protected Deadline enoughToStart() {
    return Deadline.after(Duration.ofMinutes(2));
  }

  @Override
  protected Backend backend() {
    return lying == null ? Objects.requireNonNull(honest) : lying;
  }

  @Override
  protected Backend restart() {
    return Objects.requireNonNull(liars).open();
  }

  @Override
  protected String variant() {
    return "qemu-emulated";
  }

  @Override
  protected Optional<Path> networkNamespace() throws Exception {
    return Objects.requireNonNull(liars).newNetwork();
  }

  @Override
  protected RootFilesystem rootFilesystem() throws Exception {
    return MicroVmNode.image(makeRootFilesystem());
  }

  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    MicroVmNode.assertWall(kernelVersion);
  }

  @Override
  protected void assertNothingLeft(SandboxSpec spec) throws Exception {
    (liars == null ? Objects.requireNonNull(node) : liars).assertNothingLeft(spec);
  }
}
