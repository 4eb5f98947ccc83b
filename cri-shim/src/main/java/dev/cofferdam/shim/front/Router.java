package dev.cofferdam.shim.front;

import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A method that may be about our pods: its first message tells, and the call takes its way. */
final class Router implements ServerCallHandler<byte[], byte[]> {
  private final Route route;
  private final Ownership ownership;
  private final PassThrough passThrough;
  private final NetworkPause networkPause;
  private final OwnCalls ownCalls;
  private final Gate gate;
  private final Successor successor;
  private final OwnMessages messages;
  private final FrontSettings settings;
  private final Set<MergedEvents> endless = ConcurrentHashMap.newKeySet();

  Router(
      Route route,
      Ownership ownership,
      PassThrough passThrough,
      NetworkPause networkPause,
      OwnCalls ownCalls,
      Gate gate,
      Successor successor,
      FrontSettings settings) {
    this.route = route;
    this.ownership = ownership;
    this.passThrough = passThrough;
    this.networkPause = networkPause;
    this.ownCalls = ownCalls;
    this.gate = gate;
    this.successor = successor;
    this.messages = new OwnMessages(ownership);
    this.settings = settings;
  }

  @Override
  public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
    Caller caller = new Caller(call, settings.maxMessageBytes());
    CallBytes bytes = CallBytes.ofThisCall();
    bytes.charge(Connections.budgetOf(call), caller::fail);
    call.request(1);
    return new Undecided(new Exchange(call, caller, bytes, headers));
  }

  private ServerCall.Listener<byte[]> decide(Exchange exchange, byte[] request) {
    if (gate.passedOn()) {
      return successor.relay(exchange);
    }
    return switch (route) {
      case Route.ByHandler<?, ?> r ->
          Wire.string(request, r.handlerField()).filter(ownership::ownsHandler).isPresent()
              ? own(exchange, podName(request), request, () -> messages.answer(r, request))
              : toContainerd(exchange);
      case Route.BySandbox<?, ?> r ->
          byId(r, exchange, request, Wire.string(request, 1).flatMap(ownership::sandboxId));
      case Route.ByContainer<?, ?> r ->
          byId(r, exchange, request, Wire.string(request, 1).flatMap(ownership::containerId));
      case Route.Merged<?, ?> r -> {
        ObservedCalls.thisCall().answeredBy(CallObserver.Server.BOTH);
        var ours = ownCalls.start(exchange.methodName(), "", () -> messages.answer(r, request));
        yield r.method().getType().serverSendsOneMessage()
            ? new MergedAnswer(exchange, passThrough, ours).start()
            : MergedStream.start(exchange, passThrough, ours);
      }
      case Route.MergedEvents<?, ?> r -> ownership.ready() ? events(r, exchange) : refuse(exchange);
    };
  }

  private ServerCall.Listener<byte[]> events(Route.MergedEvents<?, ?> r, Exchange exchange) {
    ObservedCalls.thisCall().answeredBy(CallObserver.Server.BOTH);
    MergedEvents events = MergedEvents.start(r, exchange, passThrough, endless::remove);
    endless.add(events);
    return events;
  }

  /** Ends what would never end by itself. */
  void stop() {
    endless.forEach(MergedEvents::stop);
  }

  private ServerCall.Listener<byte[]> byId(
      Route.Answered<?, ?> answered, Exchange exchange, byte[] request, Optional<String> id) {
    return id.isPresent()
        ? own(exchange, id.get(), request, () -> messages.answer(answered, request, id.get()))
        : toContainerd(exchange);
  }

  private ServerCall.Listener<byte[]> own(
      Exchange exchange, String subject, byte[] request, Callable<byte[]> work) {
    ObservedCalls.thisCall().answeredBy(CallObserver.Server.SHIM);
    exchange.answerWith(
        ownCalls.startChange(
            exchange.methodName(),
            subject,
            work,
            () -> successor.answer(route.method().getFullMethodName(), request)));
    return exchange.untilItsEnd();
  }

  private ServerCall.Listener<byte[]> toContainerd(Exchange exchange) {
    return networkPause.relay(exchange);
  }

  private ServerCall.Listener<byte[]> refuse(Exchange exchange) {
    exchange.caller().fail(ownCalls.notReady());
    return exchange.untilItsEnd();
  }

  /** Namespace and name out of {@code config.metadata}, for the log. */
  private static String podName(byte[] runPodSandboxRequest) {
    return Wire.bytes(runPodSandboxRequest, 1)
        .flatMap(config -> Wire.bytes(config, 1))
        .map(
            metadata ->
                Wire.string(metadata, 3).orElse("?") + "/" + Wire.string(metadata, 1).orElse("?"))
        .orElse("?");
  }

  private final class Undecided extends ServerCall.Listener<byte[]> {
    private final Exchange exchange;
    private ServerCall.@Nullable Listener<byte[]> decided;

    Undecided(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void onMessage(byte[] message) {
      if (RawBytes.isNoRoom(message)) {
        exchange.caller().fail(GrpcStatus.of(new OutOfMemoryError()));
        return;
      }
      if (decided == null) {
        try {
          decided = decide(exchange, message);
        } catch (SandboxException ambiguous) {
          decided = exchange.untilItsEnd();
          exchange.caller().fail(GrpcStatus.of(ambiguous));
        }
      }
      decided.onMessage(message);
    }

    @Override
    public void onHalfClose() {
      if (decided == null) {
        // A request of no message at all: containerd knows what to say to that.
        decided = toContainerd(exchange);
      }
      decided.onHalfClose();
    }

    @Override
    public void onReady() {
      if (decided != null) {
        decided.onReady();
      }
    }

    @Override
    public void onCancel() {
      exchange.caller().gone();
      exchange.bytes().done();
      if (decided != null) {
        decided.onCancel();
      }
    }

    @Override
    public void onComplete() {
      exchange.bytes().done();
      if (decided != null) {
        decided.onComplete();
      }
    }
  }
}
