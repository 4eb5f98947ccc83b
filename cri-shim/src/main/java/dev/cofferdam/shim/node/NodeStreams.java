package dev.cofferdam.shim.node;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.shim.host.Streams;
import dev.cofferdam.shim.stream.AttachTarget;
import dev.cofferdam.shim.stream.ExecTarget;
import dev.cofferdam.shim.stream.PortForwardTarget;
import dev.cofferdam.shim.stream.StreamingServer;
import java.net.URI;

/** Our own streaming server. */
public record NodeStreams(StreamingServer server) implements Streams {

  @Override
  public URI exec(ExecRequest request, ExecTarget target) {
    return server.exec(request, target);
  }

  @Override
  public URI attach(AttachRequest request, AttachTarget target) {
    return server.attach(request, target);
  }

  @Override
  public URI portForward(PortForwardRequest request, PortForwardTarget target) {
    return server.portForward(request, target);
  }
}
