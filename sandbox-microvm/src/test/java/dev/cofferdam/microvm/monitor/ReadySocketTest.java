package dev.cofferdam.microvm.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadySocketTest {
  @TempDir Path folder;

  private ReadySocket listening() throws Exception {
    ReadySocket ready = new ReadySocket();
    int self = (int) Files.getAttribute(folder, "unix:uid");
    ready.listen(folder.resolve("vsock.sock"), self);
    return ready;
  }

  private Path port() {
    return folder.resolve("vsock.sock_1027");
  }

  private static Deadline in(int millis) {
    return Deadline.after(Duration.ofMillis(millis));
  }

  @Test
  void await_guestConnects_returns() throws Exception {
    try (ReadySocket ready = listening();
        var _ = UnixSockets.connect(port())) {
      ready.await(() -> true, in(10_000));
    }
  }

  @Test
  void await_guestSaysNothing_isLate() throws Exception {
    try (ReadySocket ready = listening()) {
      SandboxException late =
          assertThrows(SandboxException.class, () -> ready.await(() -> true, in(50)));
      assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
    }
  }

  @Test
  void await_monitorEnds_doesNotWaitLonger() throws Exception {
    try (ReadySocket ready = listening()) {
      SandboxException ended =
          assertThrows(SandboxException.class, () -> ready.await(() -> false, in(60_000)));
      assertEquals(ErrorCode.PROGRAM_FAILED, ended.code());
    }
  }

  @Test
  void close_leavesNobodyListening() throws Exception {
    listening().close();
    assertThrows(IOException.class, () -> UnixSockets.connect(port()));
  }
}
