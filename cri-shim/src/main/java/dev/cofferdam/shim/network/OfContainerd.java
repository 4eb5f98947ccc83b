package dev.cofferdam.shim.network;

import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.containerd.CriSandboxes;
import java.util.List;

/** The real containerd's sandboxes. */
record OfContainerd(CriSandboxes sandboxes) implements ForeignAttachments.Sandboxes {

  @Override
  public List<PodSandbox> all(Deadline deadline) {
    return sandboxes.all(deadline);
  }

  @Override
  public boolean onHostNetwork(String id, Deadline deadline) {
    return sandboxes.onHostNetwork(id, deadline);
  }
}
