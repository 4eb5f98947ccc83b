package dev.cofferdam.shim.install.kubelet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key out of a PEM text. Java reads PKCS #8 only; kubelet writes SEC 1, and kubeadm PKCS
 * #1, which are put into PKCS #8's envelope here (RFC 5958, RFC 5915, RFC 8017).
 */
final class PemKey {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:EC |RSA )?PRIVATE KEY)-----([^-]*)-----END \\1-----");

  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final byte[] VERSION_0 = {2, 1, 0};

  /** rsaEncryption, 1.2.840.113549.1.1.1, with its parameters, which are NULL. */
  private static final byte[] RSA = {
    0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
  };

  /** ecPublicKey, 1.2.840.10045.2.1. */
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  /** P-256, P-384, P-521: their object identifiers. The key itself says which, in its field [0]. */
  private static final List<byte[]> CURVES =
      List.of(
          new byte[] {6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7},
          new byte[] {6, 5, 0x2b, (byte) 0x81, 4, 0, 0x22},
          new byte[] {6, 5, 0x2b, (byte) 0x81, 4, 0, 0x23});

  private PemKey() {}

  static PrivateKey read(byte[] pem) throws GeneralSecurityException {
    Matcher matcher = KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!matcher.find()) {
      throw new InvalidKeySpecException("there is no private key in PEM");
    }
    byte[] der = Base64.getMimeDecoder().decode(matcher.group(2).strip());
    return switch (matcher.group(1)) {
      case "RSA PRIVATE KEY" -> of("RSA", envelope(RSA, der));
      case "EC PRIVATE KEY" -> of("EC", envelope(curve(der), der));
      default -> eitherOf(der);
    };
  }

  private static PrivateKey eitherOf(byte[] pkcs8) throws GeneralSecurityException {
    try {
      return of("EC", pkcs8);
    } catch (InvalidKeySpecException notElliptic) {
      return of("RSA", pkcs8);
    }
  }

  private static PrivateKey of(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] curve(byte[] key) throws InvalidKeySpecException {
    for (byte[] curve : CURVES) {
      if (contains(key, curve)) {
        return der(SEQUENCE, concat(EC, curve));
      }
    }
    throw new InvalidKeySpecException("the elliptic curve of the key is none of P-256, 384, 521");
  }

  private static boolean contains(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (java.util.Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] envelope(byte[] algorithm, byte[] key) {
    return der(SEQUENCE, concat(VERSION_0, algorithm, der(OCTETS, key)));
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
