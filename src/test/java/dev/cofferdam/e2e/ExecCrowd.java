package dev.cofferdam.e2e;

import dev.cofferdam.bench.CriConnection;
import dev.cofferdam.cri.v1.ExecRequest;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Many sessions of exec at once, from one process that has one connection to CRI, as kubelet has: a
 * program, since streams are on the loopback of the lab's network. All are open before the first of
 * them ends, for they wait for one FIFO. Prints what each has written and how it ended.
 */
final class ExecCrowd {
  private static final String PROTOCOL = "v4.channel.k8s.io";
  private static final int STDOUT = 1;
  private static final int STATUS = 3;
  private static final String UP = "up\n";
  private static final String FIFO = "/tmp/go";
  private static final long PATIENCE_SECONDS = 300;

  private ExecCrowd() {}

  /** Runs with a CRI endpoint, {@code unix://…}, a container's ID and a number of sessions. */
  public static void main(String... arguments) throws Exception {
    String container = arguments[1];
    int count = Integer.parseInt(arguments[2]);
    try (CriConnection cri = new CriConnection(Path.of(URI.create(arguments[0]).getPath()));
        HttpClient http = HttpClient.newHttpClient();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Opener opener = new Opener(cri, http, container);
      opener.open("mkfifo " + FIFO).await();
      long begin = System.nanoTime();
      List<Future<Session>> opening = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        String script = "echo up; read x < %s; echo answer %d".formatted(FIFO, i);
        opening.add(callers.submit(() -> opener.open(script)));
      }
      List<Session> sessions = new ArrayList<>();
      for (Future<Session> each : opening) {
        Session session = each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        session.up.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        sessions.add(session);
      }
      System.err.printf("%d sessions: open %s", count, sinceText(begin));
      // Held open until every reader has the FIFO open, or some would wait for another writer.
      opener.open("sleep 3 > %1$s; rm %1$s".formatted(FIFO)).await();
      for (Session session : sessions) {
        System.out.println(session.await());
      }
      System.err.printf(", over %s%n", sinceText(begin));
    }
  }

  private static String sinceText(long begin) {
    return "after %d ms".formatted(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
  }

  private record Opener(CriConnection cri, HttpClient http, String container) {
    Session open(String script) {
      String url =
          cri.runtime()
              .exec(
                  ExecRequest.newBuilder()
                      .setContainerId(container)
                      .addAllCmd(List.of("sh", "-c", script))
                      .setStdout(true)
                      .setStderr(true)
                      .build())
              .getUrl();
      Session session = new Session();
      var _ =
          http.newWebSocketBuilder()
              .subprotocols(PROTOCOL)
              .buildAsync(URI.create(url.replaceFirst("^http", "ws")), session)
              .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
              .join();
      return session;
    }
  }

  /** One session; the first byte of each message says of which channel it is. */
  private static final class Session implements WebSocket.Listener {
    final CompletableFuture<Boolean> up = new CompletableFuture<>();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private final StringBuilder output = new StringBuilder();
    private String status = "";

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      message.writeBytes(bytes);
      if (last) {
        take(message.toByteArray());
        message.reset();
      }
      socket.request(1);
      return null;
    }

    private void take(byte[] whole) {
      String text = new String(whole, 1, whole.length - 1, StandardCharsets.UTF_8);
      switch (whole[0]) {
        case STDOUT -> output.append(text);
        case STATUS -> status = text;
        default -> output.append("channel ").append(whole[0]).append(": ").append(text);
      }
      if (output.toString().startsWith(UP)) {
        boolean _ = up.complete(true);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      boolean _ = up.complete(false);
      boolean _ = closed.complete(true);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      boolean _ = up.completeExceptionally(error);
      boolean _ = closed.completeExceptionally(error);
    }

    /** What it wrote and how it ended, in a line. */
    String await() throws Exception {
      boolean _ = closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      boolean success = status.contains("\"Success\"");
      return output.toString().strip().replace('\n', ' ') + (success ? ": success" : ": " + status);
    }
  }
}
