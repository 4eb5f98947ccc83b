package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.NetworkInMaking;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Pods behind gVisor's user-space kernel. A variant is what gVisor calls a platform. */
final class GvisorBackend implements Backend {
  static final String NAME = "gvisor";

  static final String SYSTRAP = "systrap";

  private static final List<String> VARIANTS = List.of(SYSTRAP, "ptrace", "kvm");

  private static final Capabilities CAPABILITIES =
      Capabilities.of(
          Feature.HOST_NETWORK,
          Feature.SHARED_PROCESS_NAMESPACE,
          Feature.CONTAINER_LIMITS,
          Feature.LIVE_UPDATE,
          Feature.LIVE_VOLUMES,
          Feature.SECCOMP,
          Feature.RECURSIVE_READ_ONLY_MOUNTS,
          Feature.USER_NAMESPACE);

  /** Only there is a container's code in threads of the host's that nothing else needs. */
  private static final Capabilities ON_SYSTRAP = CAPABILITIES.with(Feature.CONTAINER_CPU_LIMITS);

  private final Path runtimeDirectory;
  private final GvisorSettings settings;
  private final ControlChoice controls;
  private final ProbeFolders probes;
  private final BrakeGuard guard;

  GvisorBackend(Path runtimeDirectory, GvisorSettings settings) {
    this.runtimeDirectory = runtimeDirectory;
    this.settings = settings;
    this.controls = new ControlChoice(settings);
    this.probes = new ProbeFolders(runtimeDirectory);
    this.guard = new BrakeGuard(runtimeDirectory);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> variants() {
    return VARIANTS;
  }

  @Override
  public Capabilities capabilities(String variant) {
    requireVariant(variant);
    return variant.equals(SYSTRAP) ? ON_SYSTRAP : CAPABILITIES;
  }

  @Override
  public ProbeResult probe(String variant, Duration timeout) {
    requireVariant(variant);
    return new Probe(this, new RunscVersion(settings.runsc()), probes, variant).run(timeout);
  }

  @Override
  public List<Path> programs() {
    Path runsc = Path.of(settings.runsc());
    if (runsc.getNameCount() > 1 || runsc.isAbsolute()) {
      return List.of(runsc);
    }
    // The first of these is run; one that comes before it takes its place.
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder).resolve(runsc))
        .toList();
  }

  @Override
  public void sweepProbes(Deadline deadline) {
    probes.sweep(deadline);
  }

  @Override
  public List<String> sweepSandboxes(Predicate<String> known, Deadline deadline) {
    return new StraySandboxes(runtimeDirectory).sweep(known, deadline);
  }

  @Override
  public Sandbox create(SandboxSpec spec, Deadline deadline) {
    return create(spec, Optional.empty(), deadline);
  }

  @Override
  public Sandbox create(SandboxSpec spec, NetworkInMaking network, Deadline deadline) {
    return create(spec, Optional.of(network), deadline);
  }

  private Sandbox create(SandboxSpec spec, Optional<NetworkInMaking> network, Deadline deadline) {
    requireMachine();
    Sysctls.require(spec);
    return new SandboxStart(spec, files(spec), runsc(spec), controls, settings.pids(), guard)
        .run(network, deadline);
  }

  @Override
  public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
    SandboxFiles files = files(spec);
    Runsc runsc = runsc(spec);
    return files
        .runningPid()
        .map(
            pid ->
                new GvisorSandbox(
                    spec,
                    files,
                    runsc,
                    controls.found(runsc, deadline),
                    pid,
                    settings.pids(),
                    guard));
  }

  @Override
  public void purge(SandboxSpec spec, Deadline deadline) {
    files(spec).purge(deadline);
  }

  private SandboxFiles files(SandboxSpec spec) {
    return new SandboxFiles(Layout.of(runtimeDirectory, spec));
  }

  private Runsc runsc(SandboxSpec spec) {
    requireVariant(spec.variant());
    return new Runsc(
        settings.runsc(),
        Layout.of(runtimeDirectory, spec),
        spec.variant(),
        spec.networkNamespace().isEmpty(),
        spec.userNamespace(),
        spec.cgroup().isPresent());
  }

  private static void requireVariant(String variant) {
    if (!VARIANTS.contains(variant)) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "gVisor has no platform `" + variant + "`; it has " + VARIANTS);
    }
  }

  private static void requireMachine() {
    String machine = System.getProperty("os.arch");
    if (!machine.equals("amd64")) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "the gVisor backend starts sandboxes on x86-64 only; this machine is " + machine);
    }
  }
}
