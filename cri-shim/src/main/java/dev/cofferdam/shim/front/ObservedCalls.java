package dev.cofferdam.shim.front;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/** Tells a {@link CallObserver} of every stream that a server has, whatever ends it. */
final class ObservedCalls extends ServerStreamTracer.Factory {
  private static final Context.Key<CallObserver.Call> KEY = Context.key("cofferdam-observed-call");

  private final CallObserver observer;

  ObservedCalls(CallObserver observer) {
    this.observer = observer;
  }

  /** The call that is being handled here. */
  static CallObserver.Call thisCall() {
    CallObserver.Call call = KEY.get();
    return call == null ? CallObserver.Call.IGNORED : call;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    CallObserver.Call call = observer.begin(fullMethodName, headers);
    return new ServerStreamTracer() {
      @Override
      public Context filterContext(Context context) {
        return context.withValue(KEY, call);
      }

      @Override
      public void streamClosed(Status status) {
        call.ended(status);
      }
    };
  }
}
