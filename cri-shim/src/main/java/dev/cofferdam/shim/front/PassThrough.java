package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Hands a call, whatever it is, to containerd and back. */
final class PassThrough implements ServerCallHandler<byte[], byte[]> {
  private final Containerd containerd;
  private final FrontSettings settings;

  PassThrough(Containerd containerd, FrontSettings settings) {
    this.containerd = containerd;
    this.settings = settings;
  }

  @Override
  public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
    Caller caller = new Caller(call, settings.maxMessageBytes());
    Exchange exchange = new Exchange(call, caller, CallBytes.ofThisCall(), headers);
    ServerCall.Listener<byte[]> relay = relay(exchange, caller::close);
    call.request(1);
    return relay;
  }

  /**
   * Starts the call to containerd. The result is to be told all that comes from the caller, the
   * message that has come already included.
   *
   * @param ending called once, when containerd has ended the call, or cannot be reached for it
   */
  ServerCall.Listener<byte[]> relay(Exchange exchange, Relay.Ending ending) {
    Containerd.Connected connected;
    try {
      connected = connect(exchange);
    } catch (StatusRuntimeException e) {
      ending.end(e.getStatus(), new Metadata());
      return exchange.untilItsEnd();
    }
    CallBytes bytes = exchange.bytes();
    Relay relay =
        new Relay(
            exchange.caller(),
            connected.call(),
            bytes,
            (status, trailers) -> {
              connected.done().run();
              ending.end(containerd.explain(status), trailers);
            });
    bytes.charge(Connections.budgetOf(exchange.call()), relay::abort);
    relay.start(exchange.headers());
    return relay;
  }

  /**
   * A call like this one, to containerd, not started yet.
   *
   * @throws StatusRuntimeException UNAVAILABLE while containerd is away
   */
  Containerd.Connected connect(Exchange exchange) {
    return containerd.call(
        exchange.call().getMethodDescriptor().getFullMethodName(),
        exchange.call().getAuthority(),
        exchange.bytes());
  }

  Status explain(Status containerds) {
    return containerd.explain(containerds);
  }
}
