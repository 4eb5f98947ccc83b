package dev.cofferdam.shim.main;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CriServer;
import dev.cofferdam.shim.front.FrontSettings;
import dev.cofferdam.shim.front.ListeningSocket;
import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.metrics.MetricSource;
import dev.cofferdam.shim.metrics.ProcessMetrics;
import dev.cofferdam.shim.metrics.RpcMetrics;
import dev.cofferdam.shim.state.FolderLock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running shim. Stopping it leaves every pod alive. */
public final class Shim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shim.class);

  private final Closeables parts;

  private Shim(Closeables parts) {
    this.parts = parts;
  }

  /**
   * Starts every part, the one that callers see last. When our pods' part cannot be started the
   * pass-through is, for the node's other pods need it.
   *
   * @throws IOException when the socket cannot be made, or another shim serves it
   * @throws SandboxException INVALID_ARGUMENT for a setting that cannot be used
   */
  public static Shim start(Settings settings) throws IOException {
    FrontSettings frontSettings = frontSettings(settings);
    Closeables parts = new Closeables();
    try {
      serve(settings, frontSettings, parts);
    } catch (IOException | RuntimeException | Error e) {
      parts.close();
      throw e;
    }
    LOG.info(
        "serving CRI v1 on {}, with containerd on {}, {} ms after the start of the JVM",
        settings.path(Setting.SOCKET),
        settings.path(Setting.CONTAINERD_SOCKET),
        System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime());
    return new Shim(parts);
  }

  private static void serve(Settings settings, FrontSettings frontSettings, Closeables parts)
      throws IOException {
    // Before anything else: of two shims, one must not touch the other's pods.
    ListeningSocket socket = parts.add(ListeningSocket.claim(settings.path(Setting.SOCKET)));
    var _ = parts.add(FolderLock.take(settings.path(Setting.STATE_FOLDER), "state.lock"));
    var _ = parts.add(FolderLock.take(settings.path(Setting.RUN_FOLDER), "run.lock"));
    Ownership ownership;
    List<Route> routes;
    MetricSource ofPods = out -> {};
    Optional<Node> pods = Optional.empty();
    MetricSource cadvisor = out -> {};
    try {
      Node node = parts.add(Node.start(settings));
      pods = Optional.of(node);
      ownership = node.pods().ownership();
      routes = node.pods().routes();
      ofPods = node.metrics();
      cadvisor = node.cadvisor();
      node.pods().start();
    } catch (SandboxException | IOException e) {
      LOG.error(
          "sandboxed pods cannot be served: {}. Others are, but no lists. Restart the shim when"
              + " this is mended",
          e.getMessage(),
          e);
      OutOfOrder outOfOrder =
          new OutOfOrder(settings.path(Setting.STATE_FOLDER), String.valueOf(e.getMessage()));
      ownership = outOfOrder;
      routes = outOfOrder.routes();
    }
    RpcMetrics calls = new RpcMetrics();
    MetricSource metrics =
        MetricSource.of(calls, ofPods, new ProcessMetrics(ShimVersion.current()));
    MetricsEndpoint.start(settings, Map.of("/metrics", metrics, "/metrics/cadvisor", cadvisor))
        .ifPresent(parts::add);
    CriServer front =
        parts.add(
            new CriServer(
                settings.path(Setting.SOCKET),
                settings.path(Setting.CONTAINERD_SOCKET),
                ownership,
                routes,
                frontSettings,
                calls));
    front.start(socket);
    pods.ifPresent(node -> parts.add(node.upkeep(settings, front.networkPause())));
  }

  private static FrontSettings frontSettings(Settings settings) {
    return new FrontSettings(
        Math.toIntExact(settings.number(Setting.MAX_MESSAGE_BYTES)),
        settings.number(Setting.MAX_BYTES_IN_FLIGHT),
        Math.toIntExact(settings.number(Setting.MAX_OWN_CALLS)),
        settings.duration(Setting.CONNECT_TIMEOUT),
        settings.duration(Setting.STOP_TIMEOUT));
  }

  @Override
  public void close() {
    LOG.info("stopping; pods go on");
    parts.close();
  }
}
