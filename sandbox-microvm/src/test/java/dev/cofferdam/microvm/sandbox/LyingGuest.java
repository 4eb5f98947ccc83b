package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.v1.GuestGrpc;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A guest behind a monitor's vsock socket that says what it likes. */
final class LyingGuest implements Closeable {

  /** What becomes of a connection whose {@code CONNECT} line has been read. */
  interface Lie {
    void tell(InputStream in, OutputStream out) throws IOException;
  }

  private final ServerSocketChannel listening;
  private final Queue<Closeable> open = new ConcurrentLinkedQueue<>();

  private LyingGuest(Path vsock) throws IOException {
    this.listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(vsock));
  }

  /** Lies below gRPC. */
  static LyingGuest withBytes(Path vsock, Lie lie) throws IOException {
    LyingGuest guest = new LyingGuest(vsock);
    Thread.ofVirtual().start(() -> guest.accept(lie));
    return guest;
  }

  /** Speaks gRPC well, and lies in it. */
  static LyingGuest withAgent(Path vsock, GuestGrpc.GuestImplBase agent) throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Server server = NettyServerBuilder.forAddress(any).addService(agent).build().start();
    int port = server.getPort();
    LyingGuest guest =
        withBytes(
            vsock,
            (in, out) -> {
              out.write("OK 1\n".getBytes(StandardCharsets.US_ASCII));
              out.flush();
              try (Socket through = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Thread.ofVirtual().start(() -> copy(in, through));
                through.getInputStream().transferTo(out);
              }
            });
    guest.open.add(server::shutdownNow);
    return guest;
  }

  private static void copy(InputStream in, Socket to) {
    try {
      in.transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // The other side went first.
    }
  }

  private void accept(Lie lie) {
    try {
      while (true) {
        SocketChannel channel = listening.accept();
        open.add(channel);
        Thread.ofVirtual().start(() -> serve(channel, lie));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void serve(SocketChannel channel, Lie lie) {
    try (channel;
        InputStream in = Channels.newInputStream(channel);
        OutputStream out = Channels.newOutputStream(channel)) {
      while (in.read() != '\n') {
        // CONNECT and a port
      }
      lie.tell(in, out);
    } catch (IOException e) {
      // The host had enough of it.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Closeable each : List.copyOf(open)) {
      each.close();
    }
  }
}
