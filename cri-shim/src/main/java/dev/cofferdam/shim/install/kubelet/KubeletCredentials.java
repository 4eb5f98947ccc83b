package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.kube.ApiServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Kubelet's own way to the API server: its kubeconfig with a client certificate, as kubeadm and the
 * bootstrap of certificates make it.
 *
 * @param nodeName out of the certificate: {@code system:node:NAME}
 */
public record KubeletCredentials(URI server, SSLSocketFactory tls, String nodeName) {
  private static final Pattern NODE = Pattern.compile("CN=system:node:([^,+]+)");
  private static final char[] NO_PASSWORD = new char[0];

  /** Reads them anew: kubelet renews its certificate. */
  public static KubeletCredentials of(Kubelet kubelet, HostFiles files) throws IOException {
    String kubeconfig =
        kubelet
            .flag("kubeconfig")
            .orElseThrow(() -> Kubelet.refused("kubelet runs without --kubeconfig: in no cluster"));
    JsonNode config = new YAMLMapper().readTree(files.at(kubeconfig).toFile());
    JsonNode context = named(config, "contexts", config.path("current-context").asText());
    JsonNode cluster = named(config, "clusters", context.path("cluster").asText());
    JsonNode user = named(config, "users", context.path("user").asText());
    String folder = kubeconfig.substring(0, kubeconfig.lastIndexOf('/'));
    try {
      List<Certificate> chain = certificates(bytes(user, "client-certificate", folder, files));
      return new KubeletCredentials(
          URI.create(cluster.path("server").asText()),
          tls(
              certificates(bytes(cluster, "certificate-authority", folder, files)),
              chain,
              bytes(user, "client-key", folder, files)),
          nodeName(chain));
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificates in " + kubeconfig + " are of no use: " + e, e);
    }
  }

  /** The API server, as kubelet. */
  ApiServer apiServer() {
    return new ApiServer(server, Optional.of(tls), Optional.empty());
  }

  /** Not connected yet. */
  HttpURLConnection get(String path, Duration timeout) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) server.resolve(path).toURL().openConnection();
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(tls);
    }
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setRequestProperty("Accept", "application/json");
    return connection;
  }

  static JsonNode named(JsonNode config, String list, String name) throws IOException {
    for (JsonNode entry : config.path(list)) {
      if (entry.path("name").asText().equals(name)) {
        return entry.path(list.substring(0, list.length() - 1));
      }
    }
    throw new IOException("kubelet's kubeconfig has no \"" + name + "\" among its " + list);
  }

  static byte[] bytes(JsonNode node, String field, String folder, HostFiles files)
      throws IOException {
    if (node.hasNonNull(field + "-data")) {
      return Base64.getMimeDecoder().decode(node.get(field + "-data").asText());
    }
    String file = node.path(field).asText();
    if (file.isEmpty()) {
      throw new IOException("kubelet's kubeconfig has no " + field);
    }
    return Files.readAllBytes(files.at(file.startsWith("/") ? file : folder + "/" + file));
  }

  private static List<Certificate> certificates(byte[] pem) throws GeneralSecurityException {
    // kubelet keeps its key in the same file.
    String text = new String(pem, StandardCharsets.US_ASCII);
    Matcher matcher =
        Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----").matcher(text);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> all = new ArrayList<>();
    while (matcher.find()) {
      all.add(
          factory.generateCertificate(
              new ByteArrayInputStream(matcher.group().getBytes(StandardCharsets.US_ASCII))));
    }
    return all;
  }

  private static String nodeName(List<Certificate> chain) throws IOException {
    if (!chain.isEmpty() && chain.getFirst() instanceof X509Certificate certificate) {
      Matcher matcher = NODE.matcher(certificate.getSubjectX500Principal().getName());
      if (matcher.find()) {
        return matcher.group(1);
      }
    }
    throw new IOException("kubelet's client certificate is none of a node (system:node:…)");
  }

  private static SSLSocketFactory tls(
      List<Certificate> authorities, List<Certificate> chain, byte[] key)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    for (Certificate authority : authorities) {
      trusted.setCertificateEntry("authority-" + trusted.size(), authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
    own.load(null, null);
    own.setKeyEntry("kubelet", PemKey.read(key), NO_PASSWORD, chain.toArray(new Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }
}
