package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** kubeconfig files for the lab's API server. */
final class Kubeconfig {
  private Kubeconfig() {}

  /** Writes one that signs in with the certificate of that name. */
  static Path write(Path file, Certificates certificates, String name) throws IOException {
    return Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        current-context: lab
        clusters:
        - name: lab
          cluster: {server: "%s", certificate-authority: %s}
        users:
        - name: %s
          user: {client-certificate: %s, client-key: %s}
        contexts:
        - name: lab
          context: {cluster: lab, user: %s}
        """
            .formatted(
                ControlPlane.URL,
                certificates.authority(),
                name,
                certificates.certificate(name),
                certificates.key(name),
                name));
  }
}
