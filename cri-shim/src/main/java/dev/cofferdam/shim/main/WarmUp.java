package dev.cofferdam.shim.main;

import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.front.CriServer;
import dev.cofferdam.shim.front.FrontSettings;
import dev.cofferdam.shim.front.Ownership;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the code compiled that every call goes through, before the first pods come: a node sees few
 * calls a minute, and until some hundreds have been interpreted each takes twice the time. The
 * calls go to containerd through a front of their own, so that no metric counts them and nobody
 * takes them for kubelet's.
 */
final class WarmUp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** The JVM compiles what has been called 200 times ({@code Tier3InvocationThreshold}). */
  private static final int CALLS = 250;

  private static final long CALL_SECONDS = 2;

  private final Path socket;
  private final Path containerd;
  private final FrontSettings settings;
  private final Thread thread = Thread.ofPlatform().daemon().name("warm-up").unstarted(this::run);

  private WarmUp(Path socket, Path containerd, FrontSettings settings) {
    this.socket = socket;
    this.containerd = containerd;
    this.settings = settings;
  }

  /**
   * Begins, and ends by itself.
   *
   * @param socket a place for a socket that nobody else has
   */
  static WarmUp start(Path socket, Path containerd, FrontSettings settings) {
    WarmUp warmUp = new WarmUp(socket, containerd, settings);
    warmUp.thread.start();
    return warmUp;
  }

  private void run() {
    long begun = System.nanoTime();
    try (CriServer front =
            new CriServer(socket, containerd, Ownership.none(), List.of(), settings);
        CriClient client = new CriClient(socket)) {
      front.start();
      for (int i = 0; i < CALLS && !Thread.currentThread().isInterrupted(); i++) {
        var _ =
            client
                .runtime()
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .version(VersionRequest.getDefaultInstance());
      }
      LOG.debug("warm after {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    } catch (IOException | StatusRuntimeException e) {
      // containerd may be away, or we are stopping: the first calls take longer, that is all.
      LOG.debug("not warmed up: {}", e.getMessage());
    }
  }

  /** Waits for its end. */
  void await() throws InterruptedException {
    thread.join();
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
