package dev.cofferdam.shim.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newHttpClient();
  private MetricsServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        MetricsServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .serve("/metrics", new Gauge("eggs", "Eggs.", () -> 12))
            .serve(
                "/broken",
                out -> {
                  new Gauge("eggs", "Eggs.", () -> 12).write(out);
                  throw new IllegalStateException("no more eggs");
                });
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void get_ofAPath_givesItsNumbersAsText() throws Exception {
    HttpResponse<String> answer = send("/metrics", "GET");
    assertEquals(200, answer.statusCode());
    assertEquals("# HELP eggs Eggs.\n# TYPE eggs gauge\neggs 12\n", answer.body());
    assertTrue(
        answer.headers().firstValue("Content-Type").orElse("").startsWith("text/plain; version="));
  }

  @Test
  void get_ofAnotherPath_isNotFound() throws Exception {
    assertEquals(404, send("/", "GET").statusCode());
    assertEquals(404, send("/metrics/more", "GET").statusCode());
    assertEquals(404, send("/metricsandmore", "GET").statusCode());
  }

  @Test
  void post_isRefused() throws Exception {
    assertEquals(405, send("/metrics", "POST").statusCode());
  }

  @Test
  void source_thatFails_neverLooksWhole() {
    assertThrows(IOException.class, () -> send("/broken", "GET"));
  }

  private HttpResponse<String> send(String path, String method) throws Exception {
    InetSocketAddress at = server.address();
    return client.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://%s:%d%s"
                        .formatted(at.getAddress().getHostAddress(), at.getPort(), path)))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(TIMEOUT)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
