package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Status;
import org.junit.jupiter.api.Test;

class GrpcStatusTest {

  @Test
  void everyCode_hasAStatusThatIsAnError() {
    for (ErrorCode code : ErrorCode.values()) {
      Status status = GrpcStatus.of(new SandboxException(code, "what was tried"));
      assertNotEquals(Status.Code.OK, status.getCode(), code.toString());
      assertEquals("what was tried", status.getDescription());
    }
  }

  @Test
  void status_ofContainerd_staysWhatItWas() {
    Status status = Status.ABORTED.withDescription("as it was");
    assertEquals(status, GrpcStatus.of(status.asRuntimeException()));
    assertEquals(status, GrpcStatus.of(status.asException()));
  }

  @Test
  void defect_withoutCode_isInternal() {
    assertEquals(
        Status.Code.INTERNAL, GrpcStatus.of(new IllegalStateException("a defect")).getCode());
    assertEquals(Status.Code.UNAVAILABLE, GrpcStatus.of(new InterruptedException()).getCode());
  }
}
