package dev.cofferdam.shim.sandboxnode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.policy.node.NodeCondition;
import io.grpc.Metadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeletWatchTest {
  private static final Duration SHORT = Duration.ofSeconds(10);
  private static final Duration LONG = Duration.ofMinutes(10);

  @Test
  void kubelet_thatCalls_usesTheShim() {
    assertEquals("True", KubeletWatch.condition(true, SHORT, true).status());
  }

  @Test
  void kubelet_thatRunsAndDoesNotCall_isElsewhere() {
    assertEquals("Elsewhere", KubeletWatch.condition(true, LONG, true).reason());
    assertEquals("False", KubeletWatch.condition(false, LONG, true).status());
    assertEquals("NotYet", KubeletWatch.condition(false, SHORT, true).reason());
  }

  @Test
  void nodeWithoutKubelet_isUnknown() {
    assertEquals("NoKubelet", KubeletWatch.condition(false, LONG, false).reason());
  }

  @Test
  void conditions_keepTheirTimeWhileTheStatusStays(@TempDir Path proc) throws Exception {
    Files.createDirectories(proc.resolve("17"));
    Files.writeString(proc.resolve("17/comm"), "kubelet\n");
    KubeletWatch watch = new KubeletWatch(proc);
    watch.begin(RuntimeServiceGrpc.getStatusMethod().getFullMethodName(), new Metadata());
    NodeCondition told = new NodeCondition(KubeletWatch.TYPE, "True", "Calls", "", "long ago");
    NodeCondition now = watch.conditions(List.of(told)).getFirst();
    assertEquals("True", now.status());
    assertEquals("long ago", now.lastTransitionTime());
  }
}
