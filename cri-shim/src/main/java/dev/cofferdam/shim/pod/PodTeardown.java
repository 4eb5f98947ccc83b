package dev.cofferdam.shim.pod;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.shim.cni.PodDns;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.SandboxRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what a sandbox holds, piece by piece. Each may be repeated, and does nothing where
 * nothing is held: so it serves as undo, as stop, and after a crash.
 */
final class PodTeardown {
  private static final Logger LOG = LoggerFactory.getLogger(PodTeardown.class);

  private final Backends backends;
  private final Host host;
  private final HostPaths paths;
  private final PodFiles files;
  private final Timeouts timeouts;

  PodTeardown(Backends backends, Host host, HostPaths paths, PodFiles files, Timeouts timeouts) {
    this.backends = backends;
    this.host = host;
    this.paths = paths;
    this.files = files;
    this.timeouts = timeouts;
  }

  /** Ends the wall and all in it, whether it answers or not. */
  void purge(SandboxRecord record) {
    Backend backend = backends.require(record.backend());
    backend.purge(record.spec(), release());
  }

  void detachNetwork(SandboxRecord record) {
    if (record.spec().networkNamespace().isPresent()) {
      Path namespace = record.spec().networkNamespace().get();
      host.networks().delete(PodNetworks.of(record, namespace), Deadline.after(timeouts.network()));
    }
  }

  void deleteNamespace(SandboxRecord record) throws IOException {
    if (record.spec().networkNamespace().isPresent()) {
      host.networks().deleteNamespace(record.spec().networkNamespace().get());
    }
  }

  void deleteCgroup(SandboxRecord record) {
    record.spec().cgroup().ifPresent(path -> host.cgroups().delete(path, release()));
  }

  void removeFiles(SandboxRecord record) throws IOException {
    files.remove(paths.podFiles(record.id()));
  }

  /**
   * Ends a sandbox of which nothing is known but its ID, for its record cannot be read: kubelet no
   * longer sees it, and starts another in its place.
   */
  void endUnknown(String id) throws IOException {
    Path namespace = paths.networkNamespace(id);
    for (Backend backend : backends.all()) {
      String variant = backend.variants().isEmpty() ? "" : backend.variants().getFirst();
      backend.purge(
          new SandboxSpec(
              id,
              variant,
              paths.podFiles(id).resolve("backend"),
              "",
              Optional.of(namespace),
              Optional.empty(),
              Resources.UNLIMITED,
              Map.of(),
              false,
              false),
          release());
    }
    host.networks()
        .delete(
            new PodNetwork(id, "", "", "", namespace, List.of(), Map.of(), PodDns.NONE, ""),
            Deadline.after(timeouts.network()));
    host.networks().deleteNamespace(namespace);
    host.cgroups().deleteOf(id, release());
    files.remove(paths.podFiles(id));
  }

  /** Ends what probes left that an earlier shim was killed in. */
  void sweepProbes() {
    for (Backend backend : backends.all()) {
      try {
        backend.sweepProbes(release());
      } catch (RuntimeException e) {
        LOG.warn(
            "probes of backend {} are still not cleaned up: {}", backend.name(), e.getMessage());
      }
    }
  }

  /**
   * Ends sandboxes that only a backend has a trace of.
   *
   * @param known whether a record's ID begins so
   */
  void sweepSandboxes(Predicate<String> known) {
    for (Backend backend : backends.all()) {
      try {
        for (String stray : backend.sweepSandboxes(known, release())) {
          LOG.info("what backend {} had of sandbox {} is cleaned up", backend.name(), stray);
        }
      } catch (RuntimeException e) {
        LOG.warn(
            "strays of backend {} are still not cleaned up: {}", backend.name(), e.getMessage());
      }
    }
  }

  private Deadline release() {
    return Deadline.after(timeouts.release());
  }
}
