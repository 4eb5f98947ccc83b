package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** kubeconfig files for the lab's API server. */
final class Kubeconfig {
  private Kubeconfig() {}

  /** Writes one that signs in with the certificate of that name. */
  static void write(Path file, Certificates certificates, String name) throws IOException {
    Files.writeString(
        file,
        withCertificate(
            certificates.authority(),
            name,
            certificates.certificate(name),
            certificates.key(name)));
  }

  /** The text of one that signs in with a certificate, all files by their path. */
  static String withCertificate(Path authority, String name, Path certificate, Path key) {
    return text(
        authority, name, "{client-certificate: %s, client-key: %s}".formatted(certificate, key));
  }

  /** Writes one that signs in with a service account's token. */
  static void writeWithToken(Path file, Path authority, String name, String token)
      throws IOException {
    Files.writeString(file, withToken(authority, name, token));
  }

  /** The text of one that signs in with a service account's token. */
  static String withToken(Path authority, String name, String token) {
    return text(authority, name, "{token: %s}".formatted(token));
  }

  private static String text(Path authority, String name, String user) {
    return """
        apiVersion: v1
        kind: Config
        current-context: lab
        clusters:
        - name: lab
          cluster: {server: "%s", certificate-authority: %s}
        users:
        - name: %s
          user: %s
        contexts:
        - name: lab
          context: {cluster: lab, user: %s}
        """
        .formatted(ControlPlane.URL, authority, name, user, name);
  }
}
