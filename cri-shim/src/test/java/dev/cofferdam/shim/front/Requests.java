package dev.cofferdam.shim.front;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;

/** Requests as the front reads them, for tests of what is behind it. */
public final class Requests {
  private Requests() {}

  /** From bytes, with all that the front looks at. */
  public static <Q extends Message> Q parse(MethodDescriptor<Q, ?> method, byte[] request) {
    return OwnMessages.parse(method, request);
  }
}
