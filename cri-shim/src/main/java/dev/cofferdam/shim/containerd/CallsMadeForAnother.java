package dev.cofferdam.shim.containerd;

import dev.cofferdam.shim.front.CallObserver;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;

/** Says in the headers of calls to containerd for which of our callers' calls they are made. */
final class CallsMadeForAnother implements ClientInterceptor {
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    CallObserver.Call madeFor = CallObserver.Call.current();
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        madeFor.join(headers);
        super.start(listener, headers);
      }
    };
  }
}
