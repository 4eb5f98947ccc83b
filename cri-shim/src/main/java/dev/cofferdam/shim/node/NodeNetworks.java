package dev.cofferdam.shim.node;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.cni.Attachment;
import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.cni.NetworkHealth;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.host.Networks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Network namespaces of the kernel, and CNI. */
public record NodeNetworks(Cni cni, NetworkHealth health) implements Networks {

  public NodeNetworks(Cni cni) {
    this(cni, new NetworkHealth(cni));
  }

  @Override
  public void createNamespace(Path file) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    NetworkNamespaces.create(file);
  }

  @Override
  public void deleteNamespace(Path file) throws IOException {
    NetworkNamespaces.delete(file);
  }

  @Override
  public Attachment add(PodNetwork pod, Deadline deadline) {
    return cni.add(pod, deadline);
  }

  @Override
  public List<String> attached() {
    return cni.sandboxIds();
  }

  @Override
  public Optional<String> notReadyReason() throws InterruptedException {
    return health.notReadyReason();
  }

  @Override
  public void delete(PodNetwork pod, Deadline deadline) {
    cni.delete(pod, deadline);
  }
}
