package dev.cofferdam.shim.front;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A caller that speaks raw bytes; it never looks into a message. */
final class RawClient implements AutoCloseable {
  private final EventLoop loop = new EventLoop();
  final ManagedChannel channel;

  RawClient(Path socket) {
    this.channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop.group())
            .overrideAuthority("localhost")
            .maxInboundMessageSize(64 << 20)
            .disableRetry()
            .build();
  }

  /** What came back, as it came. */
  record Answer(Metadata headers, List<byte[]> messages, Status status, Metadata trailers) {
    byte[] message() {
      if (messages.size() != 1) {
        throw new AssertionError(messages.size() + " messages with " + status);
      }
      return messages.getFirst();
    }
  }

  /** A call whose pace the test sets. */
  static final class Call extends ClientCall.Listener<byte[]> {
    final ClientCall<byte[], byte[]> call;
    final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    final CompletableFuture<Answer> closed = new CompletableFuture<>();
    private final boolean readsAll;
    private Metadata headers = new Metadata();

    Call(ClientCall<byte[], byte[]> call, boolean readsAll) {
      this.call = call;
      this.readsAll = readsAll;
    }

    @Override
    public void onHeaders(Metadata headers) {
      this.headers = headers;
    }

    @Override
    public void onMessage(byte[] message) {
      messages.add(message);
      if (readsAll) {
        call.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      closed.complete(new Answer(headers, List.copyOf(messages), status, trailers));
    }

    Answer answer() {
      return closed.orTimeout(20, TimeUnit.SECONDS).join();
    }

    byte[] next() throws InterruptedException {
      byte[] message = messages.poll(10, TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("no message within 10 s");
      }
      return message;
    }
  }

  Call open(String method, Metadata headers, CallOptions options, boolean readsAll) {
    Call call = new Call(channel.newCall(RawBytes.method(method), options), readsAll);
    call.call.start(call, headers);
    if (readsAll) {
      call.call.request(1);
    }
    return call;
  }

  Call open(String method) {
    return open(method, new Metadata(), CallOptions.DEFAULT, true);
  }

  Call send(String method, byte[] message) {
    Call call = open(method);
    call.call.sendMessage(message);
    call.call.halfClose();
    return call;
  }

  Answer unary(String method, byte[] message) {
    return unary(method, message, new Metadata(), null);
  }

  Answer unary(String method, byte[] message, Metadata headers, @Nullable Duration deadline) {
    CallOptions options =
        deadline == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    Call call = open(method, headers, options, true);
    call.call.sendMessage(message);
    call.call.halfClose();
    return call.answer();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.close();
  }
}
