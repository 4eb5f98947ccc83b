package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The cluster's certificate authority and the certificates it signs, made by openssl. */
final class Certificates {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String DAYS = "3650";

  private final Path folder;

  Certificates(LabDirectories directories) {
    this.folder = directories.credentials();
  }

  Path authority() {
    return folder.resolve("ca.crt");
  }

  Path certificate(String name) {
    return folder.resolve(name + ".crt");
  }

  Path key(String name) {
    return folder.resolve(name + ".key");
  }

  void createAuthority() throws IOException {
    Files.createDirectories(folder);
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        DAYS,
        "-subj",
        "/CN=cofferdam-lab",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout",
        key("ca").toString(),
        "-out",
        authority().toString());
  }

  /**
   * Signs a certificate that serves as client and as server certificate.
   *
   * @param subject openssl's form: {@code /O=group/CN=user}
   * @param alternativeNames openssl's form: {@code DNS:…} and {@code IP:…}; none for a client
   */
  void sign(String name, String subject, List<String> alternativeNames) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-CA",
                authority().toString(),
                "-CAkey",
                key("ca").toString(),
                "-days",
                DAYS,
                "-subj",
                subject,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                "keyUsage=critical,digitalSignature",
                "-addext",
                "extendedKeyUsage=clientAuth,serverAuth",
                "-keyout",
                key(name).toString(),
                "-out",
                certificate(name).toString()));
    if (!alternativeNames.isEmpty()) {
      arguments.addAll(List.of("-addext", "subjectAltName=" + String.join(",", alternativeNames)));
    }
    openssl(arguments.toArray(String[]::new));
  }

  /** The key pair that service account tokens are signed and verified with. */
  void createServiceAccountKey() {
    openssl(
        "ecparam",
        "-genkey",
        "-name",
        "prime256v1",
        "-noout",
        "-out",
        key("service-accounts").toString());
    openssl(
        "ec",
        "-in",
        key("service-accounts").toString(),
        "-pubout",
        "-out",
        folder.resolve("service-accounts.pub").toString());
  }

  private static void openssl(String... arguments) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Command.run(TIMEOUT, command).orThrow();
  }
}
