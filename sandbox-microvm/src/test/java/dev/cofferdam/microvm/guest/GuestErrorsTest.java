package dev.cofferdam.microvm.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.sandbox.ErrorCode;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class GuestErrorsTest {
  @Test
  void code_connectionClosedAsTheCallBegan_isUnavailable() {
    Status closed =
        Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());

    assertThat(GuestErrors.code(closed)).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void code_guestSaysUnknown_isInternal() {
    assertThat(GuestErrors.code(Status.UNKNOWN.withDescription("channel closed")))
        .isEqualTo(ErrorCode.INTERNAL);
  }
}
