package dev.cofferdam.shim.containerd;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The connection to containerd. Made on first use, and again after containerd was away. Safe for
 * use by many threads; calls block, so make them on virtual threads.
 */
public final class Containerd implements AutoCloseable {
  /** The namespace in which containerd's CRI keeps everything. */
  private static final String NAMESPACE = "k8s.io";

  private static final Metadata.Key<String> NAMESPACE_HEADER =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

  /** kubelet's limit too. */
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private final Path socket;
  private final EventLoopGroup loop;
  private final ManagedChannel channel;

  /** Connects to containerd's own socket, such as {@code /run/containerd/containerd.sock}. */
  public Containerd(Path socket) {
    this.socket = socket;
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("containerd-client", true), EpollIoHandler.newFactory());
    Metadata headers = new Metadata();
    headers.put(NAMESPACE_HEADER, NAMESPACE);
    this.channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .intercept(
                MetadataUtils.newAttachHeadersInterceptor(headers), new CallsMadeForAnother())
            .build();
  }

  /**
   * Makes one call and turns its failure into ours.
   *
   * @param action what is tried, on what; begins the message
   */
  <S extends AbstractBlockingStub<S>, R> R call(
      Function<ManagedChannel, S> stub, Deadline deadline, String action, Function<S, R> call) {
    try {
      return call.apply(within(stub.apply(channel), deadline));
    } catch (StatusRuntimeException e) {
      if (code(e) != ErrorCode.UNAVAILABLE) {
        throw failure(action, e);
      }
      // The next call then connects anew. Else it would fail too, for up to two minutes after
      // containerd is back: gRPC waits longer after each try.
      channel.enterIdle();
      if (!neverConnected(e)) {
        throw failure(action, e);
      }
    }
    // Nothing was sent, and what was told may be the failure of an older try.
    try {
      return call.apply(within(stub.apply(channel), deadline));
    } catch (StatusRuntimeException e) {
      if (code(e) == ErrorCode.UNAVAILABLE) {
        channel.enterIdle();
      }
      throw failure(action, e);
    }
  }

  /** Netty's exceptions for ECONNREFUSED and ENOENT. */
  private static boolean neverConnected(StatusRuntimeException e) {
    Throwable cause = e.getStatus().getCause();
    return cause instanceof ConnectException || cause instanceof FileNotFoundException;
  }

  private static <S extends AbstractBlockingStub<S>> S within(S stub, Deadline deadline) {
    return stub.withDeadlineAfter(
        Math.max(1, deadline.remaining().toNanos()), TimeUnit.NANOSECONDS);
  }

  private SandboxException failure(String action, StatusRuntimeException e) {
    ErrorCode code = code(e);
    return new SandboxException(code, action + ": " + words(e, code), e);
  }

  private String words(StatusRuntimeException e, ErrorCode code) {
    String description = e.getStatus().getDescription();
    String words = description == null ? e.getStatus().getCode().toString() : description;
    return code == ErrorCode.UNAVAILABLE
        ? "containerd does not answer on " + socket + " (" + words + "); is it running?"
        : words;
  }

  private static ErrorCode code(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorCode.INVALID_ARGUMENT;
      case NOT_FOUND -> ErrorCode.NOT_FOUND;
      case ALREADY_EXISTS -> ErrorCode.ALREADY_EXISTS;
      case FAILED_PRECONDITION, ABORTED -> ErrorCode.WRONG_STATE;
      case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED;
      case DEADLINE_EXCEEDED, CANCELLED -> ErrorCode.DEADLINE_EXCEEDED;
      case RESOURCE_EXHAUSTED -> ErrorCode.RESOURCE_EXHAUSTED;
      case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
      case UNKNOWN -> ErrorCode.PROGRAM_FAILED;
      case OK, PERMISSION_DENIED, UNAUTHENTICATED, INTERNAL, DATA_LOSS -> ErrorCode.INTERNAL;
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
