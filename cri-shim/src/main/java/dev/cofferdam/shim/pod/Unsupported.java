package dev.cofferdam.shim.pod;

import com.google.protobuf.Message;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.OwnCall;

/** Calls that our handlers do not serve: they say so at once. */
final class Unsupported {
  private Unsupported() {}

  static <Q extends Message, R extends Message> OwnCall<Q, R> because(String why) {
    return request -> {
      throw new SandboxException(ErrorCode.UNSUPPORTED, why);
    };
  }
}
