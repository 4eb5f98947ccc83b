package dev.cofferdam.shim.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PodSandboxState;
import org.junit.jupiter.api.Test;

class PodRowsTest {
  @Test
  void pod_ofOurs_hasTheWallThatAnswered() throws Exception {
    PodRow row =
        row(
            PodSandboxState.SANDBOX_READY,
            """
            {"backend": "gvisor", "wall": {"kind": "gVisor", "variant": "systrap",
             "version": "1", "kernel": "Linux 4", "pid": 7}}
            """);
    assertTrue(row.ours());
    assertEquals("gVisor/systrap", row.wall());
    assertEquals("Linux 4", row.kernel());
    assertEquals("", row.error());
  }

  @Test
  void pod_whoseWallDoesNotAnswer_saysWhy() throws Exception {
    PodRow row =
        row(
            PodSandboxState.SANDBOX_READY,
            """
            {"backend": "gvisor", "variant": "systrap", "wall": {"error": "no answer in time"}}
            """);
    assertEquals("no answer in time", row.error());
    assertEquals("-", row.wall(), "what was recorded is not what was asked");
  }

  @Test
  void pod_thatIsReadyWithoutAWall_isAnError() throws Exception {
    assertFalse(row(PodSandboxState.SANDBOX_READY, "{\"backend\": \"gvisor\"}").error().isEmpty());
  }

  @Test
  void pod_thatDoesNotRun_hasNoWallAndNoError() throws Exception {
    PodRow row = row(PodSandboxState.SANDBOX_NOTREADY, "{\"backend\": \"gvisor\"}");
    assertEquals("-", row.wall());
    assertEquals("", row.error());
  }

  @Test
  void pod_ofContainerd_isNotOurs() throws Exception {
    PodRow row =
        row(
            PodSandboxState.SANDBOX_READY,
            "{\"runtimeType\": \"io.containerd.runc.v2\", \"wall\": {\"kind\": \"gVisor\"}}");
    assertFalse(row.ours());
    assertEquals("containerd's", row.wall());
    assertEquals("", row.kind(), "only our own answer counts");
  }

  private static PodRow row(PodSandboxState state, String info) throws JsonProcessingException {
    PodSandbox pod =
        PodSandbox.newBuilder()
            .setId("ab".repeat(32))
            .setMetadata(PodSandboxMetadata.newBuilder().setName("web").setNamespace("default"))
            .setRuntimeHandler("gvisor")
            .setState(state)
            .build();
    return PodRows.row(pod, PodRows.JSON.readTree(info));
  }
}
