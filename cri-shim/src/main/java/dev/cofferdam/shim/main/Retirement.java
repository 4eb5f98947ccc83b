package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CriServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a shim gives up its pods while it runs: calls about them wait, those that run end, nothing is
 * written any more, then the locks are open. What is left to it are sessions of exec and
 * port-forward and calls on their way to containerd, until they end or their time is over.
 */
final class Retirement implements HandOver.Running {
  private static final Logger LOG = LoggerFactory.getLogger(Retirement.class);

  /** For each of the two things that are waited for; calls wait as long. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Settings settings;
  private final CriServer front;
  private final @Nullable Node node;
  private final @Nullable MetricsEndpoint metrics;
  private final Claims claims;
  private final Runnable end;
  private final CompletableFuture<Optional<Shim>> ended;
  private @Nullable Fd callers;

  Retirement(
      Settings settings,
      CriServer front,
      @Nullable Node node,
      @Nullable MetricsEndpoint metrics,
      Claims claims,
      Runnable end,
      CompletableFuture<Optional<Shim>> ended) {
    this.settings = settings;
    this.front = front;
    this.node = node;
    this.metrics = metrics;
    this.claims = claims;
    this.end = end;
    this.ended = ended;
  }

  @Override
  public Optional<String> prepare() throws InterruptedException {
    if (node != null && !node.pods().ownership().ready()) {
      return Optional.of(node.pods().ownership().notReadyReason());
    }
    if (node != null) {
      node.abortChecks();
    }
    if (!front.hold(PATIENCE)) {
      return Optional.of("calls about pods are running");
    }
    if (node != null && !node.pods().pause(PATIENCE)) {
      front.goOn();
      return Optional.of("it is cleaning up after pods");
    }
    return Optional.empty();
  }

  @Override
  public void goOn() {
    if (node != null) {
      node.pods().goOn();
    }
    front.goOn();
  }

  @Override
  public Fd letGo(boolean attached) throws IOException {
    callers = claims.socket().listening().duplicate();
    if (node != null) {
      node.letGo(attached);
    }
    if (metrics != null) {
      metrics.close();
    }
    claims.socket().leaveToOthers(true);
    claims.close();
    return callers.duplicate();
  }

  @Override
  public void retire() {
    LOG.info("another shim serves; open sessions go on here");
    closeCallers();
    front.passOn();
    Thread.ofVirtual().name("drain").start(() -> drain(true));
  }

  private void closeCallers() {
    if (callers != null) {
      callers.close();
    }
  }

  private void drain(boolean last) {
    long deadline = System.nanoTime() + settings.duration(Setting.DRAIN_TIMEOUT).toNanos();
    try {
      boolean drained = front.awaitDrained(left(deadline));
      if (node != null) {
        drained &= node.awaitDrained(left(deadline));
      }
      LOG.info(drained ? "all sessions have ended" : "the time of the open sessions is over");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end.run();
    if (last) {
      ended.complete(Optional.empty());
    }
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  /** In this process: what the old parts still carry is carried on beside the new ones. */
  @Override
  public void takeBack() {
    Shim again;
    try {
      if (callers == null) {
        throw new IOException("its socket was not let go of");
      }
      again = Shim.again(settings, callers);
    } catch (IOException | RuntimeException e) {
      // Perhaps the other one has it all, and did not say so.
      LOG.error("could not take the pods back: {}", e.getMessage(), e);
      retire();
      return;
    }
    front.passOn();
    ended.complete(Optional.of(again));
    Thread.ofVirtual().name("drain").start(() -> drain(false));
  }
}
