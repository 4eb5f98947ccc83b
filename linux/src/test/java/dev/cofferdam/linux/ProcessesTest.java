package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  @Test
  void awaitExit_processKilled_endsTheWait() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try (Pidfd pidfd = Pidfd.open(process.pid())) {
      assertFalse(pidfd.awaitExit(Duration.ofMillis(20)));
      pidfd.send(Signals.SIGKILL);
      assertTrue(pidfd.awaitExit(Duration.ofSeconds(10)));
    }
    assertEquals(128 + Signals.SIGKILL, process.waitFor());
  }

  @Test
  void send_noSuchProcess_isEsrch() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    LinuxException e =
        assertThrows(LinuxException.class, () -> Signals.send(process.pid(), Signals.SIGTERM));
    assertEquals(Errno.ESRCH, e.errno());
  }

  @Test
  void reap_adoptedOrphan_givesItsStatus() throws Exception {
    Children.adoptOrphans();
    // The shell ends at once; its child is then ours.
    Process shell =
        new ProcessBuilder("sh", "-c", "(sleep 0.2; exit 7) >&- 2>&- & echo $!").start();
    String line = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    long orphan = Long.parseLong(line.strip());
    assertEquals(0, shell.waitFor());
    int status =
        Awaitility.await().until(() -> Children.reap(orphan), s -> s.isPresent()).getAsInt();
    assertEquals(7 << 8, status);
  }
}
