package dev.cofferdam.shim.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The API server as a kubeconfig's current context names it. Only what a node's shim needs: HTTPS,
 * a certificate authority, a bearer token. The Kubernetes client could do more, for 70 MB of
 * memory.
 *
 * @param token empty: anonymous
 */
public record ApiServer(URI address, Optional<SSLSocketFactory> tls, Optional<String> token) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_WORDS = 1024;
  private static final int MOST_BYTES = 4 << 20;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Read anew for each connection, since tokens are renewed. */
  public static ApiServer of(Path kubeconfig) throws IOException {
    JsonNode config = new YAMLMapper().readTree(kubeconfig.toFile());
    JsonNode context =
        named(config, "contexts", config.path("current-context").asText(), kubeconfig)
            .path("context");
    JsonNode cluster =
        named(config, "clusters", context.path("cluster").asText(), kubeconfig).path("cluster");
    JsonNode user = named(config, "users", context.path("user").asText(), kubeconfig).path("user");
    Path folder = kubeconfig.toAbsolutePath().getParent();
    byte[] authority = bytes(cluster, "certificate-authority", folder);
    return new ApiServer(
        address(cluster.path("server").asText(), kubeconfig),
        authority == null ? Optional.empty() : Optional.of(trusting(authority)),
        token(user, folder, kubeconfig));
  }

  /** Not connected yet; a wait for bytes ends after {@code readTimeout}. */
  public HttpURLConnection get(String pathAndQuery, Duration readTimeout) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) address.resolve(pathAndQuery).toURL().openConnection();
    if (connection instanceof HttpsURLConnection https) {
      tls.ifPresent(https::setSSLSocketFactory);
    }
    connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
    connection.setReadTimeout((int) readTimeout.toMillis());
    connection.setRequestProperty("Accept", "application/json");
    connection.setRequestProperty("User-Agent", "cofferdam-shim");
    token.ifPresent(it -> connection.setRequestProperty("Authorization", "Bearer " + it));
    return connection;
  }

  private static URI address(String text, Path kubeconfig) throws IOException {
    try {
      URI address = new URI(text);
      if (address.getHost() != null && text.matches("https?://.*")) {
        return address;
      }
    } catch (URISyntaxException e) {
      throw new IOException(kubeconfig + ": the server's address: " + e.getMessage(), e);
    }
    throw new IOException(kubeconfig + ": \"" + text + "\" is no address of a server");
  }

  /**
   * Sends one object.
   *
   * @throws IOException when it cannot be sent, or is refused; with the API server's own words
   */
  public void create(String path, byte[] json, Duration timeout) throws IOException {
    var _ = send("POST", path, Optional.of(JSON.readTree(json)), timeout).orThrow();
  }

  /**
   * What the API server said.
   *
   * @param body null node where it said nothing
   */
  public record Answer(String request, int status, JsonNode body) {

    public boolean ok() {
      return status < HttpURLConnection.HTTP_MULT_CHOICE;
    }

    public boolean notFound() {
      return status == HttpURLConnection.HTTP_NOT_FOUND;
    }

    /**
     * The object.
     *
     * @throws IOException with the API server's own words when it refused
     */
    public JsonNode orThrow() throws IOException {
      if (ok()) {
        return body;
      }
      String words = body.path("message").asText(body.toString());
      throw new IOException(
          "the API server answers %d to %s: %s"
              .formatted(
                  status, request, words.substring(0, Math.min(words.length(), MOST_WORDS))));
    }
  }

  /**
   * Makes one call.
   *
   * @param method GET, POST, PUT or DELETE
   * @throws IOException when there is no answer
   */
  public Answer send(String method, String path, Optional<JsonNode> body, Duration timeout)
      throws IOException {
    HttpURLConnection connection = get(path, timeout);
    connection.setRequestMethod(method);
    if (body.isPresent()) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream out = connection.getOutputStream()) {
        out.write(JSON.writeValueAsBytes(body.get()));
      }
    }
    int status = connection.getResponseCode();
    try (InputStream in =
        status < HttpURLConnection.HTTP_BAD_REQUEST
            ? connection.getInputStream()
            : connection.getErrorStream()) {
      byte[] answer = in == null ? new byte[0] : in.readNBytes(MOST_BYTES);
      return new Answer(method + " " + path, status, parsed(answer));
    }
  }

  /** A proxy on the way answers in other words than JSON. */
  private static JsonNode parsed(byte[] answer) {
    try {
      return JSON.readTree(answer);
    } catch (IOException e) {
      return JSON.createObjectNode().put("message", new String(answer, StandardCharsets.UTF_8));
    }
  }

  private static JsonNode named(JsonNode config, String list, String name, Path kubeconfig)
      throws IOException {
    for (JsonNode entry : config.path(list)) {
      if (entry.path("name").asText().equals(name)) {
        return entry;
      }
    }
    throw new IOException(kubeconfig + " has no \"" + name + "\" among its " + list);
  }

  private static Optional<String> token(JsonNode user, @Nullable Path folder, Path kubeconfig)
      throws IOException {
    if (user.hasNonNull("tokenFile")) {
      return Optional.of(Files.readString(resolve(folder, user.get("tokenFile").asText())).strip());
    }
    if (user.hasNonNull("token")) {
      return Optional.of(user.get("token").asText());
    }
    if (user.isEmpty()) {
      return Optional.empty();
    }
    throw new IOException(
        kubeconfig + ": the shim takes a token or a tokenFile, and this user has neither");
  }

  private static byte @Nullable [] bytes(JsonNode node, String field, @Nullable Path folder)
      throws IOException {
    if (node.hasNonNull(field + "-data")) {
      try {
        return Base64.getMimeDecoder().decode(node.get(field + "-data").asText());
      } catch (IllegalArgumentException e) {
        throw new IOException(field + "-data is no base64: " + e.getMessage(), e);
      }
    }
    return node.hasNonNull(field)
        ? Files.readAllBytes(resolve(folder, node.get(field).asText()))
        : null;
  }

  private static Path resolve(@Nullable Path folder, String file) throws IOException {
    try {
      return folder == null ? Path.of(file) : folder.resolve(file);
    } catch (InvalidPathException e) {
      throw new IOException(
          "a file of the kubeconfig has no name that can be: " + e.getReason(), e);
    }
  }

  private static SSLSocketFactory trusting(byte[] authority) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(authority))) {
        store.setCertificateEntry("authority-" + count++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the cluster's certificate authority is of no use: " + e.getMessage(), e);
    }
  }
}
