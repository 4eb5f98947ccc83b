package dev.cofferdam.shim.network;

import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cni.AttachmentId;
import dev.cofferdam.shim.cni.LibcniCache;
import dev.cofferdam.shim.cni.PluginProcesses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What others attached to the node's pod networks, containerd above all: whole, or an exception
 * that says why it can't be told. It is for GC, where whatever is left out loses its network; what
 * is in it too much harms nobody.
 */
final class ForeignAttachments {
  /** The only name that containerd gives unless it is told to use several networks. */
  private static final String INTERFACE = "eth0";

  /** containerd's sandboxes. */
  interface Sandboxes {
    List<PodSandbox> all(Deadline deadline);

    boolean onHostNetwork(String id, Deadline deadline);
  }

  private final Sandboxes containerd;
  private final LibcniCache cache;
  private final NamespaceMounts namespaces;
  private final PluginProcesses plugins;

  ForeignAttachments(
      Sandboxes containerd,
      LibcniCache cache,
      NamespaceMounts namespaces,
      PluginProcesses plugins) {
    this.containerd = containerd;
    this.cache = cache;
    this.namespaces = namespaces;
    this.plugins = plugins;
  }

  /**
   * @throws SandboxException if anything is under way, unreadable or contradictory
   */
  Set<AttachmentId> all(Deadline deadline) {
    requireQuiet();
    List<LibcniCache.Entry> entries = cache.entries();
    Set<AttachmentId> all = new LinkedHashSet<>();
    Set<String> containers = new HashSet<>();
    Set<Path> known = new HashSet<>();
    for (LibcniCache.Entry entry : entries) {
      all.add(entry.id());
      containers.add(entry.id().containerId());
      if (!entry.networkNamespace().isEmpty()) {
        known.add(namespaces.real(Path.of(entry.networkNamespace())));
      }
    }
    for (PodSandbox sandbox : containerd.all(deadline)) {
      requireCached(sandbox, containers, deadline);
      all.add(new AttachmentId(sandbox.getId(), INTERFACE));
    }
    requireKnown(known);
    // Whoever began meanwhile isn't in what was read.
    requireQuiet();
    return all;
  }

  /** A pod that runs and isn't in the cache means that the cache isn't the one in use. */
  private void requireCached(PodSandbox sandbox, Set<String> containers, Deadline deadline) {
    if (sandbox.getState() == PodSandboxState.SANDBOX_READY
        && !containers.contains(sandbox.getId())
        && !containerd.onHostNetwork(sandbox.getId(), deadline)) {
      throw unknown(
          "containerd's pod sandbox "
              + sandbox.getId()
              + " has a network that is not noted in "
              + cache.folder());
    }
  }

  /** A namespace is made before it is attached, and noted only after. */
  private void requireKnown(Set<Path> known) {
    try {
      for (Path mounted : namespaces.ofPods()) {
        if (!known.contains(mounted)) {
          throw unknown(
              "whose network namespace " + mounted + " is, is not noted in " + cache.folder());
        }
      }
    } catch (IOException e) {
      throw unknown("the mounted network namespaces cannot be read: " + e);
    }
  }

  private void requireQuiet() {
    try {
      List<Long> running = plugins.running();
      if (!running.isEmpty()) {
        throw unknown("CNI plugins are at work: processes " + running);
      }
    } catch (IOException e) {
      throw unknown("the node's processes cannot be listed: " + e);
    }
  }

  private static SandboxException unknown(String why) {
    return new SandboxException(ErrorCode.WRONG_STATE, why);
  }
}
