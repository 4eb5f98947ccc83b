package dev.cofferdam.shim.containerd;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.Deadline;
import java.util.List;

/** The pod sandboxes that containerd's own CRI knows. */
public record CriSandboxes(Containerd containerd) {

  /** All of them, in any state. */
  public List<PodSandbox> all(Deadline deadline) {
    return containerd
        .call(
            RuntimeServiceGrpc::newBlockingStub,
            deadline,
            "listing containerd's pod sandboxes",
            stub -> stub.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()))
        .getItemsList();
  }

  /** Whether a sandbox uses the node's own network. */
  public boolean onHostNetwork(String id, Deadline deadline) {
    return containerd
            .call(
                RuntimeServiceGrpc::newBlockingStub,
                deadline,
                "asking containerd for the status of pod sandbox " + id,
                stub ->
                    stub.podSandboxStatus(
                        PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build()))
            .getStatus()
            .getLinux()
            .getNamespaces()
            .getOptions()
            .getNetwork()
        == NamespaceMode.NODE;
  }
}
