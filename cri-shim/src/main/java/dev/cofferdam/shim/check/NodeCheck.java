package dev.cofferdam.shim.check;

import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.cri.v1.VersionResponse;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.state.BootId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks this node, as a caller of the shim's socket: from the shim itself or from the command
 * line, but one at a time on a node. Thread-safe.
 */
public final class NodeCheck {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCheck.class);
  private static final Path KERNEL = Path.of("/proc/sys/kernel/osrelease");
  private static final Duration IMAGE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration LOCK_POLL = Duration.ofMillis(100);

  private final CheckSettings settings;
  private final Backends backends;
  private final PodCgroups cgroups;

  public NodeCheck(CheckSettings settings, Backends backends) {
    this.settings = settings;
    this.backends = backends;
    this.cgroups = new PodCgroups(settings.cgroupRoot());
  }

  /** What the pods that run cost, by variant's name. */
  public Map<String, LiveOverhead> livePods() {
    try (CriClient client = new CriClient(settings.socket())) {
      return new LivePods(client, cgroups, this::guest).costs();
    }
  }

  /** What is below this node; known long before a check is over. */
  Ground ground() throws IOException, InterruptedException {
    return Ground.of(settings.canary());
  }

  /** The files whose change can change what is found. */
  List<Path> programs() {
    return Stream.concat(
            Stream.of(settings.canary()),
            backends.all().stream().flatMap(backend -> backend.programs().stream()))
        .distinct()
        .toList();
  }

  /** The variants that a check looks at. */
  List<String> variants() {
    return variants(backends);
  }

  /** Every variant there is, as {@code gvisor/systrap}; backends by name, the preferred first. */
  static List<String> variants(Backends backends) {
    return backends.all().stream()
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .flatMap(backend -> names(backend))
        .toList();
  }

  private static Stream<String> names(Backend backend) {
    return backend.variants().stream().map(variant -> backend.name() + "/" + variant);
  }

  /**
   * Checks; a backend that does not work is a finding, no failure.
   *
   * @param which variants, as {@code gvisor/systrap}
   * @param overhead of which of those that work it is measured
   * @throws IOException when what every check needs cannot be had
   */
  public NodeReport run(Predicate<String> which, Predicate<String> overhead)
      throws IOException, InterruptedException {
    CanaryImage image = CanaryImage.of(Files.readAllBytes(settings.canary()), settings.folder());
    try (FileChannel channel = lockFile();
        FileLock _ = lock(channel);
        Containerd containerd = new Containerd(settings.containerd());
        CriClient client = new CriClient(settings.socket())) {
      String programs = ProgramIdentity.of(programs());
      CanaryStore store = new CanaryStore(containerd, image);
      VersionResponse version =
          CheckPod.within(client, Deadline.after(IMAGE_TIMEOUT))
              .version(VersionRequest.getDefaultInstance());
      CheckPodSweep.run(client, Deadline.after(IMAGE_TIMEOUT));
      CheckSite site = new CheckSite(client, image.name(), logs());
      List<Finding> findings;
      try {
        store.put(Deadline.after(IMAGE_TIMEOUT));
        findings = findings(site, which, overhead);
      } finally {
        remove(store);
      }
      return new NodeReport(
          BootId.current(),
          Files.readString(KERNEL).strip(),
          version.getRuntimeName() + " " + version.getRuntimeVersion(),
          programs,
          Instant.now().toString(),
          Ground.of(settings.canary()),
          findings);
    }
  }

  /**
   * Removes what a check left that was killed: its pods, its canary's image and its logs.
   *
   * @throws IOException when containerd or the shim does not answer, say
   */
  void sweep() throws IOException, InterruptedException {
    CanaryImage image = CanaryImage.of(Files.readAllBytes(settings.canary()), settings.folder());
    try (FileChannel channel = lockFile();
        FileLock _ = lock(channel);
        Containerd containerd = new Containerd(settings.containerd());
        CriClient client = new CriClient(settings.socket())) {
      CheckPodSweep.run(client, Deadline.after(IMAGE_TIMEOUT));
      Trees.delete(logs());
      remove(new CanaryStore(containerd, image));
    }
  }

  private Path logs() {
    return settings.folder().resolve("logs");
  }

  private FileChannel lockFile() throws IOException {
    Files.createDirectories(settings.folder());
    return FileChannel.open(
        settings.folder().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** What was found holds, whether or not this goes well: the next check removes what is left. */
  private static void remove(CanaryStore store) {
    try {
      store.remove(Deadline.after(IMAGE_TIMEOUT));
    } catch (SandboxException e) {
      LOG.warn("the canary's image could not be removed: {}", e.getMessage());
    }
  }

  /** Waits for another check on this node to be over. */
  private static FileLock lock(FileChannel channel) throws IOException, InterruptedException {
    while (true) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException inThisProcess) {
        // As if it were another process's.
      }
      Thread.sleep(LOCK_POLL);
    }
  }

  private List<Finding> findings(
      CheckSite site, Predicate<String> which, Predicate<String> overhead)
      throws IOException, InterruptedException {
    List<Finding> findings = new ArrayList<>();
    for (String name : variants(backends).stream().filter(which).toList()) {
      String backend = name.substring(0, name.indexOf('/'));
      String variant = name.substring(backend.length() + 1);
      try {
        Finding finding =
            new VariantCheck(
                    site,
                    new Leftovers(cgroups),
                    backend,
                    variant,
                    Deadline.after(settings.timeout()))
                .run();
        boolean measure = finding.works() && overhead.test(name);
        findings.add(measure ? finding.with(overhead(site, backend, variant)) : finding);
      } finally {
        Trees.delete(site.logs());
      }
    }
    return findings;
  }

  private boolean guest(String backend, String variant) {
    return backends.require(backend).capabilities(variant).has(Feature.ROOT_FROM_IMAGE);
  }

  private Optional<Overhead> overhead(CheckSite site, String backend, String variant)
      throws InterruptedException {
    try {
      return Optional.of(
          new OverheadCheck(site, cgroups, settings.window(), guest(backend, variant))
              .run(backend, variant));
    } catch (IOException | RuntimeException e) {
      LOG.warn("what {}/{} costs could not be measured: {}", backend, variant, e.getMessage());
      return Optional.empty();
    }
  }
}
