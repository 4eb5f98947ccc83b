package dev.cofferdam.shim.containerd;

import com.google.protobuf.ByteString;
import dev.cofferdam.containerd.content.v1.ContentGrpc;
import dev.cofferdam.containerd.content.v1.DeleteContentRequest;
import dev.cofferdam.containerd.content.v1.ReadContentRequest;
import dev.cofferdam.containerd.content.v1.WriteAction;
import dev.cofferdam.containerd.content.v1.WriteContentRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.stub.ClientCalls;
import java.util.Map;

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
    if (bytes.length != size || !digest.equals(Blob.digest(whole))) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "content " + digest + " is not what its digest and size (" + size + ") say; pull again");
    }
    return bytes;
  }

  /**
   * Writes a blob; without effect if it is there.
   *
   * @param labels such as one that keeps containerd's garbage collector away, set in the same
   *     transaction
   */
  public void write(Blob blob, Map<String, String> labels, Deadline deadline) {
    WriteContentRequest request =
        WriteContentRequest.newBuilder()
            .setAction(WriteAction.COMMIT)
            .setRef("cofferdam-" + blob.digest())
            .setTotal(blob.bytes().size())
            .setExpected(blob.digest())
            .setData(blob.bytes())
            .putAllLabels(labels)
            .build();
    try {
      containerd.call(
          ContentGrpc::newBlockingStub,
          deadline,
          "write content " + blob.digest(),
          stub -> {
            // One message is all there is to send: a stream of answers to one request.
            ClientCalls.blockingServerStreamingCall(
                    stub.getChannel(), ContentGrpc.getWriteMethod(), stub.getCallOptions(), request)
                .forEachRemaining(answer -> {});
            return blob;
          });
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  /**
   * Removes a blob.
   *
   * @throws SandboxException NOT_FOUND if it isn't there
   */
  public void delete(String digest, Deadline deadline) {
    containerd.call(
        ContentGrpc::newBlockingStub,
        deadline,
        "delete content " + digest,
        stub -> stub.delete(DeleteContentRequest.newBuilder().setDigest(digest).build()));
  }
}
