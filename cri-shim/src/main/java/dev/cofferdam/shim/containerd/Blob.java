package dev.cofferdam.shim.containerd;

import com.google.protobuf.ByteString;
import dev.cofferdam.containerd.types.Descriptor;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Something for the content store. Immutable. */
public record Blob(String mediaType, ByteString bytes) {

  public String digest() {
    return digest(bytes);
  }

  public Descriptor descriptor() {
    return Descriptor.newBuilder()
        .setMediaType(mediaType)
        .setDigest(digest())
        .setSize(bytes.size())
        .build();
  }

  static String digest(ByteString bytes) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      bytes.asReadOnlyByteBufferList().forEach(sha256::update);
      return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
