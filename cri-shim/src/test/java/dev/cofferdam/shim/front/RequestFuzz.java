package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.KeyValue;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** Requests as bytes: what the router looks at, and what becomes a message. */
class RequestFuzz {
  @Provide
  Arbitrary<byte[]> requests() {
    return Mutations.of(
        List.of(
            CreateContainerRequest.newBuilder()
                .setPodSandboxId("a".repeat(64))
                .setConfig(
                    ContainerConfig.newBuilder()
                        .addCommand("sh")
                        .putLabels("a", "b")
                        .addMounts(Mount.newBuilder().setHostPath("/a").setContainerPath("/b"))
                        .addEnvs(
                            KeyValue.newBuilder()
                                .setKey("k")
                                .setValue(ByteString.copyFromUtf8("v"))))
                .build()
                .toByteArray()));
  }

  @Fuzz
  void request_isReadOrRefusedAtAField(@ForAll("requests") byte[] request) {
    try {
      var _ = OwnMessages.parse(RuntimeServiceGrpc.getCreateContainerMethod(), request);
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains(": "), e.getMessage());
    }
  }

  @Fuzz
  void wire_isLookedAtWithoutHarm(@ForAll("requests") byte[] request) {
    for (int field = 0; field < 4; field++) {
      var _ = Wire.string(request, field);
    }
  }
}
