package dev.cofferdam.shim.image;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The name of a stack of layers (OCI image specification, "Layer ChainID"). Pure. */
final class ChainId {
  private ChainId() {}

  /**
   * The chain ID of a stack.
   *
   * @param diffIds digests of the uncompressed layers, the lowest first
   * @return blank for no layers
   */
  static String of(List<String> diffIds) {
    String chain = "";
    for (String diffId : diffIds) {
      chain = chain.isEmpty() ? diffId : sha256(chain + " " + diffId);
    }
    return chain;
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
