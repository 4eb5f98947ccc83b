package dev.cofferdam.shim.containerd;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.cri.v1.VersionResponse;
import dev.cofferdam.sandbox.Deadline;

/** Which containerd answers on the socket. */
public record RuntimeVersion(Containerd containerd) {

  /** Name and version, such as {@code containerd v2.1.4}, as its CRI tells them. */
  public String ask(Deadline deadline) {
    VersionResponse version =
        containerd.call(
            RuntimeServiceGrpc::newBlockingStub,
            deadline,
            "ask containerd for its version",
            stub -> stub.version(VersionRequest.getDefaultInstance()));
    return version.getRuntimeName() + " " + version.getRuntimeVersion();
  }
}
