package dev.cofferdam.shim.containerd;

import com.google.protobuf.ByteString;
import dev.cofferdam.containerd.content.v1.ContentGrpc;
import dev.cofferdam.containerd.content.v1.ReadContentRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What containerd's content store holds: manifests, image configurations, layers. */
public final class ContentBlobs {
  private final Containerd containerd;

  public ContentBlobs(Containerd containerd) {
    this.containerd = containerd;
  }

  /**
   * Reads a whole blob and checks that it is what its digest says.
   *
   * @param size as the descriptor gives it
   * @param maxBytes a longer one is refused unread
   */
  public byte[] read(String digest, long size, int maxBytes, Deadline deadline) {
    if (size <= 0 || size > maxBytes) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "content "
              + digest
              + " is said to have "
              + size
              + " bytes; at most "
              + maxBytes
              + " are read");
    }
    ByteString whole =
        containerd.call(
            ContentGrpc::newBlockingStub,
            deadline,
            "read content " + digest,
            stub -> {
              ByteString read = ByteString.EMPTY;
              var answers =
                  stub.read(
                      ReadContentRequest.newBuilder().setDigest(digest).setSize(size).build());
              // All answers are taken even when there are too many: a call left alone would linger.
              while (answers.hasNext()) {
                ByteString next = answers.next().getData();
                read = read.size() > size ? read : read.concat(next);
              }
              return read;
            });
    byte[] bytes = whole.toByteArray();
    if (bytes.length != size || !digest.equals(sha256(bytes))) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "content " + digest + " is not what its digest and size (" + size + ") say; pull again");
    }
    return bytes;
  }

  private static String sha256(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
