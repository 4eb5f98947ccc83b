package dev.cofferdam.microvm;

import dev.cofferdam.microvm.firecracker.FirecrackerMonitor;
import dev.cofferdam.microvm.guest.GuestLoop;
import dev.cofferdam.microvm.image.ErofsCache;
import dev.cofferdam.microvm.image.GuestImage;
import dev.cofferdam.microvm.monitor.Monitor;
import dev.cofferdam.microvm.qemu.Acceleration;
import dev.cofferdam.microvm.qemu.QemuMonitor;
import dev.cofferdam.microvm.sandbox.Parts;
import dev.cofferdam.microvm.sandbox.SandboxStart;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pods in virtual machines of their own. A variant is a monitor with its acceleration. */
final class MicroVmBackend implements Backend {
  static final String NAME = "microvm";

  private static final Capabilities CAPABILITIES =
      Capabilities.of(
          Feature.SHARED_PROCESS_NAMESPACE,
          Feature.CONTAINER_LIMITS,
          Feature.CONTAINER_CPU_LIMITS,
          Feature.LIVE_UPDATE,
          Feature.LIVE_VOLUMES,
          Feature.SECCOMP,
          Feature.RECURSIVE_READ_ONLY_MOUNTS,
          Feature.USER_NAMESPACE,
          Feature.ROOT_FROM_IMAGE);

  private final ProbeFolders probes;
  private final Map<Variant, Parts> parts = new EnumMap<>(Variant.class);

  MicroVmBackend(Path runtimeDirectory, MicroVmSettings settings) {
    this.probes = new ProbeFolders(runtimeDirectory);
    GuestImage image = new GuestImage(settings.images());
    ErofsCache cache = new ErofsCache(settings.cache(), settings.erofs(), settings.cacheBytes());
    GuestLoop loop = new GuestLoop();
    // Hard links into a jail need the same disk.
    Path placeholders = settings.cache().resolve("slots");
    for (Variant variant : Variant.values()) {
      Monitor monitor =
          switch (variant) {
            case FIRECRACKER ->
                new FirecrackerMonitor(settings.firecracker(), settings.jailer(), placeholders);
            case QEMU -> qemu(settings, Acceleration.KVM, placeholders);
            case QEMU_EMULATED -> qemu(settings, Acceleration.EMULATED, placeholders);
          };
      parts.put(
          variant,
          new Parts(
              variant.text(),
              monitor,
              image,
              cache,
              loop,
              settings.files(),
              runtimeDirectory,
              settings.memoryBytes(),
              settings.cpus(),
              settings.scratchBytes()));
    }
  }

  private static Monitor qemu(MicroVmSettings settings, Acceleration acceleration, Path slots) {
    return new QemuMonitor(
        settings.qemu(), settings.vsockDevice(), acceleration, settings.translationBytes(), slots);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> variants() {
    return Variant.names();
  }

  @Override
  public Capabilities capabilities(String variant) {
    var _ = Variant.of(variant);
    return CAPABILITIES;
  }

  @Override
  public ProbeResult probe(String variant, Duration timeout) {
    return new Probe(parts(variant), probes).run(timeout);
  }

  @Override
  public void sweepProbes(Deadline deadline) {
    probes
        .left()
        .forEach(
            spec -> {
              start(spec.variant()).purge(spec, deadline);
              probes.remove(spec);
            });
    parts.values().iterator().next().cache().sweep();
  }

  @Override
  public Sandbox create(SandboxSpec spec, Deadline deadline) {
    requireMachine();
    return start(spec.variant()).create(spec, deadline);
  }

  @Override
  public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
    return start(spec.variant()).find(spec).map(sandbox -> sandbox);
  }

  @Override
  public void purge(SandboxSpec spec, Deadline deadline) {
    start(spec.variant()).purge(spec, deadline);
  }

  private SandboxStart start(String variant) {
    return new SandboxStart(parts(variant));
  }

  private Parts parts(String variant) {
    return java.util.Objects.requireNonNull(parts.get(Variant.of(variant)));
  }

  private static void requireMachine() {
    String machine = System.getProperty("os.arch");
    if (!machine.equals("amd64")) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "the microVM backend starts sandboxes on x86-64 only; this machine is " + machine);
    }
  }
}
