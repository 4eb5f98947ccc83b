package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.cri.v1.PortForwardResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.host.Streams;
import dev.cofferdam.shim.live.Invalid;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import java.io.IOException;
import java.nio.channels.ByteChannel;

/** PortForward: a URL for one session with the ports of a pod. */
final class PodSandboxPortForward implements OwnCall<PortForwardRequest, PortForwardResponse> {
  private static final int MOST_PORT = 65_535;

  private final Pods pods;
  private final Streams streams;
  private final Timeouts timeouts;

  PodSandboxPortForward(Pods pods, Streams streams, Timeouts timeouts) {
    this.pods = pods;
    this.streams = streams;
    this.timeouts = timeouts;
  }

  @Override
  public PortForwardResponse call(PortForwardRequest request) {
    Pod pod = pods.pod(request.getPodSandboxId());
    request.getPortList().forEach(port -> Invalid.requireRange("port", port, 1, MOST_PORT));
    var _ = pod.running();
    String url = streams.portForward(request, port -> connect(pod, port)).toString();
    return PortForwardResponse.newBuilder().setUrl(url).build();
  }

  private ByteChannel connect(Pod pod, int port) throws IOException {
    try {
      return pod.running().connect(port, Deadline.after(timeouts.release()));
    } catch (SandboxException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
