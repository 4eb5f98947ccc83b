package dev.cofferdam.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The API server by plain HTTP, many calls at once over one connection. Thread-safe. */
final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int TRIES = 5;

  private final String url;
  private final String token;
  private final HttpClient client;

  Api(String url, Path authority, String token) throws IOException, GeneralSecurityException {
    this.url = url;
    this.token = token;
    this.client =
        HttpClient.newBuilder().sslContext(trusting(authority)).connectTimeout(TIMEOUT).build();
  }

  /** Creates an object; one that is there is fine. */
  void create(String path, String json) {
    HttpResponse<String> answer = call("POST", path, "application/json", json);
    if (answer.statusCode() != 409) {
      require(answer, "POST", path);
    }
  }

  /** Changes fields of an object and gives it back. */
  JsonNode patch(String path, String json) {
    return require(call("PATCH", path, "application/merge-patch+json", json), "PATCH", path);
  }

  /** Empty where it isn't there. */
  Optional<JsonNode> get(String path) {
    HttpResponse<String> answer = call("GET", path, "", "");
    return answer.statusCode() == 404
        ? Optional.empty()
        : Optional.of(require(answer, "GET", path));
  }

  /** What is there under a path, as text. */
  String text(String path) {
    return call("GET", path, "", "").body();
  }

  void delete(String path) {
    HttpResponse<String> answer = call("DELETE", path, "", "");
    if (answer.statusCode() != 404) {
      require(answer, "DELETE", path);
    }
  }

  private static JsonNode require(HttpResponse<String> answer, String method, String path) {
    if (answer.statusCode() / 100 != 2) {
      throw new IllegalStateException(
          "%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
    }
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new IllegalStateException(method + " " + path, e);
    }
  }

  private HttpResponse<String> call(String method, String path, String type, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    IOException last = new IOException("never tried");
    for (int i = 0; i < TRIES; i++) {
      try {
        HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
        // The API server has too much to do: it says so, or gives up in the midst of it.
        if (answer.statusCode() != 429 && answer.statusCode() < 500) {
          return answer;
        }
        last = new IOException(answer.statusCode() + " " + answer.body());
        Thread.sleep(Duration.ofSeconds(1));
      } catch (IOException e) {
        last = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    throw new IllegalStateException(method + " " + path, last);
  }

  private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(authority)) {
      store.setCertificateEntry(
          "lab", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
