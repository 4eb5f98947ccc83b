package dev.cofferdam.shim.main;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.metrics.MetricSource;
import dev.cofferdam.shim.metrics.MetricsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Prometheus comes. A port that is taken keeps nobody from their pods: it is tried again in
 * the background, for it may be this shim's predecessor that still has it.
 */
final class MetricsEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final InetSocketAddress address;
  private final Map<String, MetricSource> sources;
  private final Thread opener = Thread.ofVirtual().name("metrics-endpoint").unstarted(this::open);
  private @Nullable MetricsServer server;
  private boolean closed;

  private MetricsEndpoint(InetSocketAddress address, Map<String, MetricSource> sources) {
    this.address = address;
    this.sources = Map.copyOf(sources);
  }

  /**
   * Opens it, soon.
   *
   * @param sources by path
   * @return empty where none is wanted
   * @throws SandboxException INVALID_ARGUMENT for an address that is none
   */
  static Optional<MetricsEndpoint> start(Settings settings, Map<String, MetricSource> sources) {
    return settings
        .optional(Setting.METRICS_ADDRESS)
        .map(
            value -> {
              MetricsEndpoint endpoint = new MetricsEndpoint(parse(value), sources);
              endpoint.opener.start();
              return endpoint;
            });
  }

  static InetSocketAddress parse(String value) {
    int colon = value.lastIndexOf(':');
    try {
      int port = Integer.parseInt(value.substring(colon + 1));
      String host = value.substring(0, Math.max(0, colon)).replaceAll("^\\[(.*)]$", "$1");
      InetSocketAddress address = new InetSocketAddress(host, port);
      if (colon > 0 && !address.isUnresolved()) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // Said below, with the key.
    }
    throw new SandboxException(
        ErrorCode.INVALID_ARGUMENT,
        "setting '%s' is '%s', which is not an address such as 127.0.0.1:9477"
            .formatted(Setting.METRICS_ADDRESS.key(), value));
  }

  private void open() {
    for (boolean said = false; !tryToOpen(!said); said = true) {
      try {
        Thread.sleep(RETRY);
      } catch (InterruptedException stop) {
        return;
      }
    }
  }

  private synchronized boolean tryToOpen(boolean say) {
    if (closed) {
      return true;
    }
    try {
      MetricsServer started = MetricsServer.start(address);
      sources.forEach(started::serve);
      server = started;
      LOG.info("metrics on http:/{}/metrics", started.address());
      return true;
    } catch (IOException e) {
      if (say) {
        LOG.warn("metrics cannot be served on {} yet: {}", address, e.getMessage());
      }
      return false;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    opener.interrupt();
    if (server != null) {
      server.close();
    }
  }
}
