package dev.cofferdam.shim.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A SPDY/3.1 client as simple as moby/spdystream: it opens no windows and obeys none. It reads as
 * soon as something comes, unless told to hold.
 */
class SpdyTestClient implements AutoCloseable {
  private final Socket socket;
  private final EmbeddedChannel encoder = codec();
  private final AtomicInteger nextId = new AtomicInteger(-1);
  private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();
  private final Map<Integer, Boolean> finished = new ConcurrentHashMap<>();
  final List<SpdyFrame> others = new CopyOnWriteArrayList<>();
  final String response;
  volatile boolean ended;

  private static EmbeddedChannel codec() {
    return new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  }

  SpdyTestClient(URI url, String protocol) throws IOException {
    socket = new Socket(url.getHost(), url.getPort());
    List<String> request =
        List.of(
            "POST " + url.getPath() + " HTTP/1.1",
            "Host: x",
            "Connection: Upgrade",
            "Upgrade: SPDY/3.1",
            "X-Stream-Protocol-Version: " + protocol,
            "Content-Length: 0",
            "\r\n");
    socket
        .getOutputStream()
        .write(String.join("\r\n", request).getBytes(StandardCharsets.US_ASCII));
    response = readHeaders(socket.getInputStream());
  }

  /** Begins to read what the server sends. */
  SpdyTestClient reading() {
    Thread.ofVirtual().start(this::readFrames);
    return this;
  }

  static String readHeaders(InputStream in) throws IOException {
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return headers.toString();
      }
      headers.append((char) next);
    }
    return headers.toString();
  }

  private void readFrames() {
    EmbeddedChannel decoder = codec();
    byte[] buffer = new byte[64 * 1024];
    try {
      InputStream in = socket.getInputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, count));
        for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
          take((SpdyFrame) frame);
        }
      }
    } catch (IOException _) {
      // Closed.
    }
    ended = true;
  }

  private void take(SpdyFrame frame) {
    if (frame instanceof SpdyDataFrame data) {
      byte[] bytes = new byte[data.content().readableBytes()];
      data.content().readBytes(bytes);
      data.release();
      take(data.streamId(), bytes);
      if (data.isLast()) {
        finished.put(data.streamId(), true);
      }
    } else {
      if (frame instanceof SpdyRstStreamFrame reset) {
        finished.put(reset.streamId(), true);
      }
      others.add(frame);
    }
  }

  /** Bytes have come on a stream; kept, unless a test has more of them than it wants to keep. */
  void take(int id, byte[] bytes) {
    received(id).writeBytes(bytes);
  }

  private ByteArrayOutputStream received(int id) {
    return received.computeIfAbsent(id, _ -> new ByteArrayOutputStream());
  }

  int open(String... headers) throws IOException {
    int id = nextId.addAndGet(2);
    DefaultSpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    for (int i = 0; i < headers.length; i += 2) {
      frame.headers().set(headers[i], headers[i + 1]);
    }
    send(frame);
    return id;
  }

  int openType(String type) throws IOException {
    return open("streamtype", type);
  }

  void write(int id, byte[] bytes, boolean last) throws IOException {
    DefaultSpdyDataFrame frame = new DefaultSpdyDataFrame(id, Unpooled.wrappedBuffer(bytes));
    frame.setLast(last);
    send(frame);
  }

  void write(int id, String text, boolean last) throws IOException {
    write(id, text.getBytes(StandardCharsets.UTF_8), last);
  }

  synchronized void send(Object frame) throws IOException {
    encoder.writeOutbound(frame);
    for (ByteBuf bytes = encoder.readOutbound(); bytes != null; bytes = encoder.readOutbound()) {
      bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
      bytes.release();
    }
  }

  String text(int id) {
    return received(id).toString(StandardCharsets.UTF_8);
  }

  int size(int id) {
    return received(id).size();
  }

  boolean finished(int id) {
    return finished.containsKey(id);
  }

  /** Goes without a word. */
  void disconnect() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
