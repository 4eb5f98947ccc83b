package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.AttachResponse;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.ExecResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.host.Streams;
import dev.cofferdam.shim.live.Invalid;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.stream.AttachTarget;
import dev.cofferdam.shim.stream.ClientStreams;
import java.io.IOException;

/** Exec and Attach: a URL for one session with a container. */
public final class ContainerStreams {
  private static final int SIGWINCH = 28;

  private final Pods pods;
  private final Streams streams;
  private final Logs logs;
  private final Timeouts timeouts;

  public ContainerStreams(Pods pods, Streams streams, Logs logs, Timeouts timeouts) {
    this.pods = pods;
    this.streams = streams;
    this.logs = logs;
    this.timeouts = timeouts;
  }

  public ExecResponse exec(ExecRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    if (request.getCmdCount() == 0) {
      throw Invalid.argument("cmd", "it is missing");
    }
    var _ = container.running();
    String url =
        streams
            .exec(
                request,
                () ->
                    container
                        .running()
                        .exec(
                            ExecSpecs.of(
                                container.record(), request.getCmdList(), request.getTty()),
                            Deadline.after(timeouts.create())))
            .toString();
    return ExecResponse.newBuilder().setUrl(url).build();
  }

  public AttachResponse attach(AttachRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    var _ = container.running();
    String url = streams.attach(request, new Target(container)).toString();
    return AttachResponse.newBuilder().setUrl(url).build();
  }

  private final class Target implements AttachTarget {
    private final PodContainer container;

    Target(PodContainer container) {
      this.container = container;
    }

    @Override
    public void connect(ClientStreams client) throws IOException, InterruptedException {
      String cutOff =
          logs.attach(container.id(), client, container.record().config().getStdinOnce());
      if (!cutOff.isEmpty()) {
        throw new IOException(cutOff);
      }
    }

    @Override
    public void resize(int columns, int rows) {
      logs.resize(container.id(), columns, rows);
      // The host's kernel would signal the terminal's foreground process, but it knows none inside.
      container.running().signal(SIGWINCH, Deadline.after(timeouts.usage()));
    }
  }
}
