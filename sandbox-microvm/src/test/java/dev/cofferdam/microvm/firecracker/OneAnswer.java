package dev.cofferdam.microvm.firecracker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** A server that takes one request and gives one answer, whatever it was asked. */
final class OneAnswer implements AutoCloseable {
  private final ServerSocketChannel server;
  private final CompletableFuture<String> request = new CompletableFuture<>();

  /**
   * @param answer as it goes over the wire
   */
  OneAnswer(Path socket, String answer) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform().daemon().start(() -> serve(answer));
  }

  private void serve(String answer) {
    try (SocketChannel channel = server.accept()) {
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
      while (!complete(received.toString(StandardCharsets.UTF_8))) {
        buffer.clear();
        int count = channel.read(buffer);
        if (count < 0) {
          break;
        }
        received.write(buffer.array(), 0, count);
      }
      ByteBuffer bytes = ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      request.complete(received.toString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      request.completeExceptionally(e);
    }
  }

  private static boolean complete(String text) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    int at = text.indexOf("Content-Length: ");
    int length =
        at < 0 || at > end
            ? 0
            : Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
    return text.getBytes(StandardCharsets.UTF_8).length >= end + 4 + length;
  }

  /** What was asked. */
  String request() {
    return request.join();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
