package dev.cofferdam.shim.install.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as openssl writes them: in the forms of kubelet, kubeadm and everybody else. */
class PemKeyTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ecparam -name prime256v1 -genkey -noout",
        "ecparam -name secp384r1 -genkey -noout",
        "genrsa -traditional 2048",
        "genrsa 2048",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
      })
  void read_ofAKeyAsOpensslWritesIt_isThatKey(String arguments) throws Exception {
    byte[] pem = openssl(arguments);
    PrivateKey key = PemKey.read(pem);
    assertEquals(arguments.contains("rsa") ? "RSA" : "EC", key.getAlgorithm());
    assertEquals("PKCS#8", key.getFormat());
  }

  @Test
  void read_ofNoKey_saysSo() {
    for (String text :
        List.of(
            "",
            "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
            "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")) {
      assertThrows(
          GeneralSecurityException.class,
          () -> PemKey.read(text.getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private static byte[] openssl(String arguments) throws Exception {
    Process process =
        new ProcessBuilder(("openssl " + arguments).split(" "))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    byte[] out = process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor());
    return out;
  }
}
