package dev.cofferdam.shim.front;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The next shim, which serves our socket by now: calls that still come here are handed on to it.
 */
final class Successor implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private final Containerd connections;
  private final PassThrough relay;

  Successor(Path socket, EventLoop loop, FrontSettings settings, Set<String> unaryMethods) {
    this.connections = new Containerd("the next shim", socket, loop, settings, unaryMethods);
    this.relay = new PassThrough(connections, settings);
  }

  /** Hands on a call of which one message has come. */
  ServerCall.Listener<byte[]> relay(Exchange exchange) {
    return relay.relay(exchange, exchange.caller()::close);
  }

  /**
   * Makes a call that has waited here, and waits for its answer.
   *
   * @throws StatusRuntimeException as the next shim said
   */
  byte[] answer(String fullMethodName, byte[] request) {
    ManagedChannel channel = connections.shared();
    ClientCall<byte[], byte[]> call =
        channel.newCall(
            RawBytes.unary(fullMethodName),
            CallOptions.DEFAULT
                .withWaitForReady()
                .withDeadlineAfter(
                    CallDeadline.atMost(LONGEST).remaining().toNanos(), TimeUnit.NANOSECONDS));
    return ClientCalls.blockingUnaryCall(call, request);
  }

  @Override
  public void close() {
    connections.close();
  }
}
