package dev.cofferdam.lab;

import java.nio.file.Path;

/**
 * What a lab is made from.
 *
 * @param name tells labs apart; letters and digits, at most 20
 * @param repository this source tree, with its modules built
 * @param runtime what kubelet and crictl talk to
 * @param cluster whether Kubernetes is started, or only the node's runtimes
 * @param peer whether containerd offers gVisor's own shim too, as handler {@code runsc}
 * @param microVm whether the shim has what microVMs need, under emulation
 * @param vmCpus processors of the second node, a virtual machine; 0: there is none
 */
public record LabOptions(
    String name,
    Path repository,
    NodeRuntime runtime,
    boolean cluster,
    boolean peer,
    boolean microVm,
    int vmCpus) {

  /** The emulated machine is quicker with two. */
  private static final int USUAL_VM_CPUS = 2;

  /** Without the peer, microVMs and the second node. */
  public LabOptions(String name, Path repository, NodeRuntime runtime, boolean cluster) {
    this(name, repository, runtime, cluster, false, false, 0);
  }

  /** The same with microVMs. */
  public LabOptions withMicroVm() {
    return new LabOptions(name, repository, runtime, cluster, peer, true, vmCpus);
  }

  /** The same with a second node, a virtual machine. */
  public LabOptions withVmNode() {
    return withVmNode(USUAL_VM_CPUS);
  }

  /**
   * The same with a second node, a virtual machine.
   *
   * @param cpus one, where guests are to run in it: with two, it or they freeze now and then
   */
  public LabOptions withVmNode(int cpus) {
    return new LabOptions(name, repository, runtime, cluster, peer, microVm, cpus);
  }

  boolean vmNode() {
    return vmCpus > 0;
  }

  /** What kubelet and crictl talk to. */
  public enum NodeRuntime {
    /** Cofferdam's shim, with containerd beneath it, and the operator in the cluster. */
    SHIM,
    /** containerd itself, with nothing of Cofferdam: for a comparison. */
    CONTAINERD
  }

  Path distribution() {
    return repository.resolve("cri-shim/target/dist");
  }
}
