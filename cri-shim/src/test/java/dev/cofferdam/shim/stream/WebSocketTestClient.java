package dev.cofferdam.shim.stream;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of Kubernetes' numbered channels on the JDK's WebSocket. */
class WebSocketTestClient implements WebSocket.Listener, AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();
  private final StringBuilder texts = new StringBuilder();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final WebSocket socket;
  private int current = -1;

  WebSocketTestClient(URI url, String protocol) throws Exception {
    WebSocket.Builder builder = http.newWebSocketBuilder();
    if (!protocol.isEmpty()) {
      builder.subprotocols(protocol);
    }
    URI webSocket = URI.create(url.toString().replaceFirst("^http", "ws"));
    socket = builder.buildAsync(webSocket, this).get(10, TimeUnit.SECONDS);
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    if (current < 0) {
      current = data.get() & 0xff;
    }
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    take(current, bytes);
    if (last) {
      current = -1;
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    synchronized (texts) {
      texts.append(data).append(last ? "|" : "");
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    closed.complete(status);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }

  void send(int channel, String text) throws Exception {
    fragment(channel, text.getBytes(StandardCharsets.UTF_8), true);
  }

  /** Sends the first fragment of a message, or all of it. */
  void fragment(int channel, byte[] bytes, boolean last) throws Exception {
    ByteBuffer message = ByteBuffer.allocate(bytes.length + 1).put((byte) channel).put(bytes);
    socket.sendBinary(message.flip(), last).get(10, TimeUnit.SECONDS);
  }

  String text(int channel) {
    return of(channel).toString(StandardCharsets.UTF_8);
  }

  byte[] bytes(int channel) {
    return of(channel).toByteArray();
  }

  String texts() {
    synchronized (texts) {
      return texts.toString();
    }
  }

  /** Bytes have come on a channel; kept, unless a test has more of them than it wants to keep. */
  void take(int channel, byte[] bytes) {
    of(channel).writeBytes(bytes);
  }

  private ByteArrayOutputStream of(int channel) {
    return received.computeIfAbsent(channel, _ -> new ByteArrayOutputStream());
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }
}
