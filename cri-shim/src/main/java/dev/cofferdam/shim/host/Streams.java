package dev.cofferdam.shim.host;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.shim.stream.AttachTarget;
import dev.cofferdam.shim.stream.ExecTarget;
import dev.cofferdam.shim.stream.PortForwardTarget;
import java.net.URI;

/** Gives out URLs, each good for one session. */
public interface Streams {
  URI exec(ExecRequest request, ExecTarget target);

  URI attach(AttachRequest request, AttachTarget target);

  URI portForward(PortForwardRequest request, PortForwardTarget target);
}
