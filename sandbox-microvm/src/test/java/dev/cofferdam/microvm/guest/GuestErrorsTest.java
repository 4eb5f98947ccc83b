package dev.cofferdam.microvm.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.ErrorCode;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class GuestErrorsTest {
  @Test
  void code_connectionClosedAsTheCallBegan_isUnavailable() {
    Status closed =
        Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());

    assertEquals(ErrorCode.UNAVAILABLE, GuestErrors.code(closed));
  }

  @Test
  void code_guestSaysUnknown_isInternal() {
    assertEquals(
        ErrorCode.INTERNAL, GuestErrors.code(Status.UNKNOWN.withDescription("channel closed")));
  }
}
