package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.state.Records;
import dev.cofferdam.shim.state.StateStore;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdPrefixTest {
  private static final String FIRST = "ab" + "1".repeat(62);
  private static final String SECOND = "ab" + "2".repeat(62);

  @TempDir Path root;
  private final Pods pods = new Pods();

  @BeforeEach
  void addPods() {
    StateStore store = new StateStore(root);
    pods.add(new Pod(Records.sandbox(FIRST), store));
    pods.add(new Pod(Records.sandbox(SECOND), store));
  }

  @Test
  void prefix_ofOne_isThatOne() {
    assertEquals(Optional.of(FIRST), pods.podId("ab1"));
    assertEquals(Optional.of(SECOND), pods.podId(SECOND));
  }

  @Test
  void prefix_ofNoneOrEmpty_isNobody() {
    assertEquals(Optional.empty(), pods.podId("ac"));
    assertEquals(Optional.empty(), pods.podId(""));
  }

  @Test
  void prefix_ofSeveral_isRefused() {
    SandboxException e = assertThrows(SandboxException.class, () -> pods.podId("ab"));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }
}
