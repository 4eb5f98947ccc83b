package dev.cofferdam.shim.host;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.cni.Attachment;
import dev.cofferdam.shim.cni.PodNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Network namespaces, and their place on the node's network. All but {@link #add} may be repeated.
 */
public interface Networks {

  /** Makes a network namespace with {@code lo} up and mounts it on a file. */
  void createNamespace(Path file) throws IOException;

  /** Takes it away again; nothing when it is not there. */
  void deleteNamespace(Path file) throws IOException;

  Attachment add(PodNetwork pod, Deadline deadline);

  /** The sandboxes that are attached, or may be. */
  List<String> attached();

  /** Why no pod could be attached now; empty when the network is ready. Soon answered. */
  Optional<String> notReadyReason() throws InterruptedException;

  /** Nothing when the pod is not attached. */
  void delete(PodNetwork pod, Deadline deadline);
}
