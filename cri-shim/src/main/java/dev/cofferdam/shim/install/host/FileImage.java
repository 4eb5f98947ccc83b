package dev.cofferdam.shim.install.host;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * All of a file that is put back: its bytes, and what {@code ls -l} shows of it.
 *
 * @param mode permission bits
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: digests are
public record FileImage(byte[] content, int mode, int uid, int gid, long modifiedMillis) {

  /** A new file of root's that everybody may read. */
  public static FileImage of(String text, long nowMillis) {
    return new FileImage(text.getBytes(StandardCharsets.UTF_8), 0644, 0, 0, nowMillis);
  }

  /** The same file with another content. */
  public FileImage with(String text, long nowMillis) {
    return new FileImage(text.getBytes(StandardCharsets.UTF_8), mode, uid, gid, nowMillis);
  }

  public String text() {
    return new String(content, StandardCharsets.UTF_8);
  }

  /** SHA-256 of the content, in hexadecimal. */
  public String digest() {
    return digest(content);
  }

  /** SHA-256 in hexadecimal. */
  public static String digest(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  /** Every Java has it. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
