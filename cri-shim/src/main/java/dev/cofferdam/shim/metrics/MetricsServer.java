package dev.cofferdam.shim.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET on the paths that it was given, and nothing else. Plain HTTP without credentials: so
 * nothing secret may be in any answer, and the address is loopback unless somebody sets another.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final int SCRAPES_AT_ONCE = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static {
    // The JDK's server waits for slow clients for ever unless told, and reads these once.
    System.setProperty("sun.net.httpserver.maxReqTime", Long.toString(PATIENCE.toSeconds()));
    System.setProperty("sun.net.httpserver.maxRspTime", Long.toString(PATIENCE.toSeconds()));
    System.setProperty("jdk.httpserver.maxConnections", "64");
  }

  private final HttpServer server;
  private final Semaphore slots = new Semaphore(SCRAPES_AT_ONCE);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("metrics-", 0).factory());

  private MetricsServer(HttpServer server) {
    this.server = server;
  }

  /**
   * Serves from now on.
   *
   * @throws IOException when the address cannot be had
   */
  public static MetricsServer start(InetSocketAddress address) throws IOException {
    MetricsServer metrics = new MetricsServer(HttpServer.create(address, 0));
    metrics.server.setExecutor(metrics.threads);
    metrics.server.createContext("/", exchange -> refuse(exchange, 404, "not found\n"));
    metrics.server.start();
    return metrics;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Answers this path from now on. */
  public MetricsServer serve(String path, MetricSource source) {
    server.createContext(path, exchange -> answer(exchange, path, source));
    return this;
  }

  private void answer(HttpExchange exchange, String path, MetricSource source) throws IOException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      refuse(exchange, 404, "not found\n");
      return;
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (!head && !exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      refuse(exchange, 405, "only GET\n");
      return;
    }
    if (!slots.tryAcquire()) {
      refuse(exchange, 503, "too many scrapes at once\n");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", TEXT);
      exchange.sendResponseHeaders(200, head ? -1 : 0);
      if (!head) {
        Writer writer =
            new BufferedWriter(
                new OutputStreamWriter(exchange.getResponseBody(), StandardCharsets.UTF_8));
        source.write(new Exposition(writer));
        // Closing is what makes the answer whole; one that failed must not look so.
        writer.close();
      }
      exchange.close();
    } catch (RuntimeException e) {
      LOG.warn("a scrape of {} failed: {}", path, e.toString());
      // At this the server cuts the connection off.
      throw new IOException("the scrape failed", e);
    } finally {
      slots.release();
    }
  }

  private static void refuse(HttpExchange exchange, int code, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(code, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
