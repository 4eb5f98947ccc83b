package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.StopContainerRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireTest {

  @Test
  void string_presentAmongOthers_isFound() {
    byte[] request =
        RunPodSandboxRequest.newBuilder()
            .setConfig(PodSandboxConfig.newBuilder().setHostname("h").putLabels("a", "b"))
            .setRuntimeHandler("gvisor")
            .build()
            .toByteArray();
    assertEquals(Optional.of("gvisor"), Wire.string(request, 2));
    assertEquals(Optional.empty(), Wire.string(request, 7));
  }

  @Test
  void string_afterNegativeNumber_isFound() {
    byte[] request =
        StopContainerRequest.newBuilder()
            .setContainerId("c")
            .setTimeout(Long.MIN_VALUE)
            .build()
            .toByteArray();
    byte[] twice = new byte[request.length * 2];
    System.arraycopy(request, 0, twice, 0, request.length);
    System.arraycopy(request, 0, twice, request.length, request.length);
    twice[request.length + 2] = 'd';
    assertEquals(Optional.of("d"), Wire.string(twice, 1), "the last one counts");
  }

  @Test
  void string_inAnyBytes_neverThrows() {
    Random random = new Random(3);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(24)];
      random.nextBytes(bytes);
      var _ = Wire.string(bytes, 1);
    }
  }

  @Test
  void string_inCutMessages_isEmptyOrWhole() {
    byte[] request =
        RunPodSandboxRequest.newBuilder()
            .setConfig(PodSandboxConfig.newBuilder().setHostname("h".repeat(300)))
            .setRuntimeHandler("gvisor")
            .build()
            .toByteArray();
    for (int length = 0; length < request.length; length++) {
      byte[] cut = Arrays.copyOf(request, length);
      assertEquals(Optional.empty(), Wire.string(cut, 2));
    }
  }

  @Test
  void split_longList_isTheSameListInParts() throws Exception {
    ListPodSandboxResponse.Builder list = ListPodSandboxResponse.newBuilder();
    for (int i = 0; i < 500; i++) {
      list.addItems(PodSandbox.newBuilder().setId("id" + i).putAnnotations("k", "v".repeat(i)));
    }
    List<byte[]> parts = Wire.split(list.build().toByteArray(), 4096);
    ListPodSandboxResponse.Builder joined = ListPodSandboxResponse.newBuilder();
    for (byte[] part : parts) {
      assertTrue(part.length <= 4096 + 600, "part of " + part.length);
      joined.mergeFrom(part);
    }
    assertEquals(list.build(), joined.build());
    assertTrue(parts.size() > 10);
    assertTrue(Wire.split(new byte[0], 10).isEmpty());
    assertArrayEquals(
        list.build().toByteArray(), Wire.split(list.build().toByteArray(), 1 << 30).getFirst());
  }
}
