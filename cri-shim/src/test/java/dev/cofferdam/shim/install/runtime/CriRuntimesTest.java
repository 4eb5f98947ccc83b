package dev.cofferdam.shim.install.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.install.Runtimes.Proof;
import dev.cofferdam.shim.live.CheckPods;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriRuntimesTest {
  private static final Duration PLENTY = Duration.ofSeconds(30);

  @TempDir Path folder;

  /** kubelet removes a dead container's log and what has a longer name: of no name, its folder. */
  @Test
  void prove_canary_hasALogOfItsOwn_andLeavesNothing() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket)) {
      assertEquals(Proof.WHOLE_WAY, new CriRuntimes().prove(socket, "", PLENTY));
      String logs = runtime.sandboxes.getFirst().getConfig().getLogDirectory();
      assertEquals(folder.resolve("canary").toString(), logs);
      assertFalse(runtime.containers.getFirst().getConfig().getLogPath().isBlank());
      assertFalse(Files.exists(Path.of(logs)));
      assertTrue(runtime.isEmpty());
    }
  }

  @Test
  void endUnseen_endsWhatAKilledInstallerLeft() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket);
        CriClient client = new CriClient(socket)) {
      var _ = client.runtime().runPodSandbox(RunPodSandboxRequest.getDefaultInstance());
      new CriRuntimes().endUnseen(socket, PLENTY);
      assertTrue(runtime.isEmpty());
    }
  }

  @Test
  void prove_kubeletEndsEachCanary_isTakenForRuncAndNotForAWall() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket)) {
      runtime.kubeletIsFaster = true;
      assertEquals(Proof.ENDED_BY_KUBELET, new CriRuntimes().prove(socket, "", PLENTY));
      assertTrue(runtime.sandboxes.size() > 1);
      SandboxException refusal =
          assertThrows(
              SandboxException.class,
              () -> new CriRuntimes().prove(socket, "gvisor", Duration.ofSeconds(2)));
      assertEquals("the canary has no network address", refusal.getMessage());
      assertTrue(runtime.isEmpty());
    }
  }

  @Test
  void prove_kubeletEndsACanaryThatTookLong_isTakenForRuncWithoutAnother() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket)) {
      runtime.kubeletIsFaster = true;
      assertEquals(
          Proof.ENDED_BY_KUBELET, new CriRuntimes(Duration.ZERO).prove(socket, "", PLENTY));
      assertEquals(1, runtime.sandboxes.size());
    }
  }

  /** As seen on a slow machine: the container fails seconds before its pod counts as ended. */
  @Test
  void prove_theEndByKubeletIsSeenLate_isTakenForThatAndNotForAFailure() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket)) {
      runtime.looksUntilTheEndIsSeen.set(3);
      assertEquals(
          Proof.ENDED_BY_KUBELET, new CriRuntimes(Duration.ZERO).prove(socket, "", PLENTY));
      assertEquals(1, runtime.sandboxes.size());
      assertTrue(runtime.isEmpty());
    }
  }

  /** kubelet, which uses the shim when another version is installed, would end it. */
  @Test
  void prove_aWall_byAPodThatKubeletDoesNotSee() throws Exception {
    Path socket = folder.resolve("cri.sock");
    try (FakeCri runtime = new FakeCri(socket)) {
      assertEquals(Proof.WHOLE_WAY, new CriRuntimes().prove(socket, "gvisor", PLENTY));
      RunPodSandboxRequest asked = runtime.sandboxes.getFirst();
      assertTrue(CheckPods.is(asked.getRuntimeHandler()));
      assertEquals("cofferdam:canary/gvisor", asked.getRuntimeHandler());
    }
  }
}
