package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CriServer;
import dev.cofferdam.shim.front.FrontSettings;
import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.metrics.MetricSource;
import dev.cofferdam.shim.metrics.ProcessMetrics;
import dev.cofferdam.shim.metrics.RpcMetrics;
import dev.cofferdam.shim.sandboxnode.KubeletWatch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running shim. Stopping it leaves every pod alive. */
public final class Shim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shim.class);

  /** Callers wait in the socket's queue while pods are taken up; a backend may hang. */
  private static final Duration ADOPTION = Duration.ofSeconds(5);

  private final Settings settings;
  private final Closeables parts = new Closeables();
  private final Claims claims;
  private final CompletableFuture<Optional<Shim>> ended = new CompletableFuture<>();
  private @Nullable Node node;
  private @Nullable MetricsEndpoint metrics;

  private Shim(Settings settings, Claims claims) {
    this.settings = settings;
    this.claims = claims;
  }

  /**
   * Starts every part, the one that callers see last. When our pods' part cannot be started the
   * pass-through is, for the node's other pods need it.
   *
   * @throws IOException when the socket cannot be made, or another shim runs on it or on our
   *     folders
   * @throws SandboxException INVALID_ARGUMENT for a setting that cannot be used
   */
  public static Shim start(Settings settings) throws IOException {
    return start(settings, Optional.empty(), false);
  }

  /**
   * Starts in place of a running shim, whose pods and callers it takes over; where none runs, as
   * {@link #start}.
   *
   * @throws IOException also when the running one does not give up in time: it goes on then
   */
  public static Shim takeOver(Settings settings) throws IOException, InterruptedException {
    Optional<Predecessor> predecessor =
        Predecessor.ask(control(settings), settings.duration(Setting.HAND_OVER_TIMEOUT));
    if (predecessor.isEmpty()) {
      LOG.info("there is no shim to take over from");
      return start(settings);
    }
    // When this fails the connection closes, and the other one takes everything back.
    try (Predecessor before = predecessor.get()) {
      Shim shim = start(settings, Optional.of(before.socket()), true);
      before.weServe();
      return shim;
    }
  }

  private static Path control(Settings settings) {
    return settings.path(Setting.RUN_FOLDER).resolve("control.sock");
  }

  /**
   * @param handed what callers connect to, from the shim before
   * @param whole whether it is a failure when our pods' part cannot be started
   */
  private static Shim start(Settings settings, Optional<Fd> handed, boolean whole)
      throws IOException {
    FrontSettings frontSettings = frontSettings(settings);
    // Before anything else: of two shims, one must not touch the other's pods.
    Shim shim = new Shim(settings, Claims.take(settings));
    try {
      shim.serve(frontSettings, handed, whole);
    } catch (IOException | RuntimeException | Error e) {
      if (handed.isPresent()) {
        shim.claims.socket().leaveToOthers(true);
      }
      shim.end();
      throw e;
    }
    LOG.info(
        "serving CRI v1 on {}, with containerd on {}, {} ms after the start of the JVM",
        settings.path(Setting.SOCKET),
        settings.path(Setting.CONTAINERD_SOCKET),
        System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime());
    return shim;
  }

  private void serve(FrontSettings frontSettings, Optional<Fd> handed, boolean whole)
      throws IOException {
    NodeKeeper keeper = NodeKeeper.of(settings);
    Optional<Fd> kept = handed.or(() -> keeper.kept(claims.socket()));
    claims.socket().open(kept);
    var _ = parts.add(keeper.keep(claims.socket(), settings.duration(Setting.SOCKET_KEPT_FOR)));
    Ownership ownership;
    List<Route> routes;
    MetricSource ofPods = out -> {};
    MetricSource cadvisor = out -> {};
    try {
      Node started = parts.add(Node.start(settings, keeper.get()));
      node = started;
      ownership = started.pods().ownership();
      routes = started.pods().routes();
      ofPods = started.metrics();
      cadvisor = started.cadvisor();
      started.pods().start();
      if (kept.isPresent()) {
        awaitAdopted(started);
      }
    } catch (SandboxException | IOException e) {
      if (whole) {
        throw e;
      }
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
    KubeletWatch kubelet = new KubeletWatch();
    RpcMetrics calls = new RpcMetrics();
    MetricSource all = MetricSource.of(calls, ofPods, new ProcessMetrics(ShimVersion.current()));
    metrics =
        MetricsEndpoint.start(settings, Map.of("/metrics", all, "/metrics/cadvisor", cadvisor))
            .orElse(null);
    if (metrics != null) {
      parts.add(metrics);
    }
    CriServer server =
        parts.add(
            new CriServer(
                settings.path(Setting.SOCKET),
                settings.path(Setting.CONTAINERD_SOCKET),
                ownership,
                routes,
                frontSettings,
                Traces.beside(calls.and(kubelet), settings, Node.hostname(), parts)));
    server.start(claims.socket());
    if (node != null) {
      node.lookAfterNetworks(settings, server.networkPause());
      node.beginChecks(kubelet);
    }
    listenForTheNext(server);
    var _ =
        parts.add(
            WarmUp.start(
                settings.path(Setting.RUN_FOLDER).resolve("warm-up.sock"),
                settings.path(Setting.CONTAINERD_SOCKET),
                frontSettings));
    var _ = parts.add(MemoryTrim.start());
  }

  private static void awaitAdopted(Node node) {
    try {
      if (!node.pods().awaitAdopted(ADOPTION)) {
        LOG.warn("some pods are still to be taken up; callers are told so meanwhile");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void listenForTheNext(CriServer server) {
    try {
      var _ =
          parts.add(
              HandOver.listen(
                  control(settings),
                  settings.duration(Setting.HAND_OVER_TIMEOUT),
                  new Retirement(settings, server, node, metrics, claims, this::end, ended)));
    } catch (IOException e) {
      LOG.warn("no other shim can take over from this one: {}", e.getMessage());
    }
  }

  private static FrontSettings frontSettings(Settings settings) {
    return new FrontSettings(
        Math.toIntExact(settings.number(Setting.MAX_MESSAGE_BYTES)),
        settings.number(Setting.MAX_BYTES_IN_FLIGHT),
        Math.toIntExact(settings.number(Setting.MAX_OWN_CALLS)),
        settings.duration(Setting.CONNECT_TIMEOUT),
        settings.duration(Setting.STOP_TIMEOUT));
  }

  /** Completes when another shim has taken over; with one in this process when that failed. */
  public CompletableFuture<Optional<Shim>> ended() {
    return ended.copy();
  }

  /** Starts again in this process, on what callers connect to. */
  static Shim again(Settings settings, Fd callers) throws IOException {
    return start(settings, Optional.of(callers), false);
  }

  private void end() {
    parts.close();
    claims.close();
  }

  @Override
  public void close() {
    LOG.info("stopping; pods go on");
    end();
  }
}
