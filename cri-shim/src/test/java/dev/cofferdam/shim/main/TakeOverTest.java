package dev.cofferdam.shim.main;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.keeper.KeeperProcess;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One shim after the other on one socket and one state; callers meanwhile are not refused. */
class TakeOverTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;

  @AfterEach
  void stopKeeper() {
    KeeperProcess.stopAt(folder.resolve("run/keeper.sock"));
  }

  @Test
  void callWhileNoShimRuns_waitsForTheNext() throws Exception {
    Shim.start(settings(Map.of())).close();
    CompletableFuture<String> call = CompletableFuture.supplyAsync(this::version);

    // In the queue of the socket, of which the keeper has the only descriptor now.
    assertTrue(accepts());
    try (Shim _ = Shim.start(settings(Map.of()))) {
      assertServed(call.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @Test
  void socketThatNobodyServes_isGivenUpAfterAWhile() throws Exception {
    Shim.start(settings(Map.of("socket.kept-for", "PT0.02S"))).close();
    Awaitility.await().atMost(LONG).until(() -> !accepts());
    try (Shim _ = Shim.start(settings(Map.of()))) {
      assertServed(version());
    }
  }

  @Test
  void takeOver_ofNobody_isAStart() throws Exception {
    try (Shim _ = Shim.takeOver(settings(Map.of()))) {
      assertServed(version());
    }
  }

  @Test
  void takeOver_ofARunningShim_endsThatOne() throws Exception {
    try (Shim first = Shim.start(settings(Map.of()))) {
      Object inode = Files.getAttribute(folder.resolve("cri.sock"), "unix:ino");
      try (Shim next = Shim.takeOver(settings(Map.of()))) {
        assertEquals(Optional.empty(), first.ended().get(LONG.toSeconds(), TimeUnit.SECONDS));
        assertFalse(next.ended().isDone());
        assertEquals(inode, Files.getAttribute(folder.resolve("cri.sock"), "unix:ino"));
        assertServed(version());
        IOException refusal =
            assertThrows(
                IOException.class,
                () ->
                    Shim.start(
                        settings(Map.of("socket", folder.resolve("other.sock").toString()))));
        assertTrue(String.valueOf(refusal.getMessage()).contains("another shim works on"));
      }
    }
  }

  @Test
  void nextShim_thatDiesWhileItStarts_leavesTheRunningOneServing() throws Exception {
    try (Shim first = Shim.start(settings(Map.of()))) {
      try (Fd next = UnixSockets.connect(folder.resolve("run/control.sock"))) {
        ControlLine.send(next, ControlLine.TAKE_OVER, List.of());
        ControlLine answer = ControlLine.receive(next, LONG);
        assertEquals(ControlLine.YOURS, answer.text());
        answer.fds().forEach(Fd::close);
      }
      try (Shim again = first.ended().get(LONG.toSeconds(), TimeUnit.SECONDS).orElseThrow()) {
        assertServed(version());
        // And it can be taken over from, as any other.
        try (Shim _ = Shim.takeOver(settings(Map.of()))) {
          assertEquals(Optional.empty(), again.ended().get(LONG.toSeconds(), TimeUnit.SECONDS));
          assertServed(version());
        }
      }
    }
  }

  @Test
  void nextShim_thatDoesNotServeInTime_leavesTheRunningOneServing() throws Exception {
    try (Shim first = Shim.start(settings(Map.of("hand-over.timeout", "PT0.5S")));
        Fd next = UnixSockets.connect(folder.resolve("run/control.sock"))) {
      ControlLine.send(next, ControlLine.TAKE_OVER, List.of());
      ControlLine.receive(next, LONG).fds().forEach(Fd::close);
      try (Shim _ = first.ended().get(LONG.toSeconds(), TimeUnit.SECONDS).orElseThrow()) {
        assertServed(version());
      }
    }
  }

  @Test
  void nonsenseOnTheControlSocket_changesNothing() throws Exception {
    try (Shim first = Shim.start(settings(Map.of()))) {
      try (Fd other = UnixSockets.connect(folder.resolve("run/control.sock"))) {
        ControlLine.send(other, "give me everything", List.of());
        assertTrue(ControlLine.receive(other, LONG).text().startsWith(ControlLine.BUSY));
      }
      assertFalse(first.ended().isDone());
      assertServed(version());
    }
  }

  /** Containerd is not there; that a shim says so is proof that one serves. */
  private static void assertServed(String answer) {
    assertTrue(answer.contains("containerd does not answer"), answer);
  }

  private String version() {
    try (CriClient client = new CriClient(folder.resolve("cri.sock"))) {
      RuntimeServiceGrpc.RuntimeServiceBlockingStub cri =
          client.runtime().withDeadlineAfter(LONG.toSeconds(), TimeUnit.SECONDS);
      return cri.version(VersionRequest.getDefaultInstance()).toString();
    } catch (StatusRuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private boolean accepts() {
    try {
      UnixSockets.connect(folder.resolve("cri.sock")).close();
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private Settings settings(Map<String, String> more) {
    Map<String, String> flags = new HashMap<>();
    flags.put("socket", folder.resolve("cri.sock").toString());
    flags.put("containerd.socket", folder.resolve("none.sock").toString());
    flags.put("run.folder", folder.resolve("run").toString());
    flags.put("state.folder", folder.resolve("state").toString());
    flags.put("keeper.program", KeeperProcess.BINARY.toAbsolutePath().toString());
    flags.put("kubeconfig", "");
    flags.putAll(more);
    return Settings.read(Optional.empty(), flags);
  }
}
