package dev.cofferdam.microvm.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.testing.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleTest {
  private static final int MOST_BYTES = 64 << 10;

  @TempDir Path files;

  private MachineFolder folder() {
    return new MachineFolder(files, files, "cofferdam-test");
  }

  private OutputStream keep() throws IOException {
    Launch launch = new Launch(Optional.empty(), Optional.empty(), folder().log());
    return Files.newOutputStream(Console.keep(folder(), launch));
  }

  @Test
  void lastWords_nothingSaid_isNothing() {
    assertEquals("", Console.lastWords(folder()));
  }

  @Test
  void lastWords_kernelGivesUp_areOneLineOfPlainCharacters() throws Exception {
    try (OutputStream console = keep()) {
      console.write(
          "Kernel panic\r\n\033[31m not syncing: \u00fc\n".getBytes(StandardCharsets.UTF_8));
    }
    Eventually.get("it is kept", () -> Optional.of(length()).filter(n -> n > 0));
    assertEquals("; its console: Kernel panic; ?[31m not syncing: ?", Console.lastWords(folder()));
  }

  @Test
  void keep_guestFloodsIt_isBounded() throws Exception {
    byte[] flood = new byte[MOST_BYTES];
    try (OutputStream console = keep()) {
      for (int i = 0; i < 100; i++) {
        console.write(flood);
      }
    } catch (IOException e) {
      // Nobody reads any more, which QEMU drops its bytes for.
    }
    Eventually.get("it is full", () -> Optional.of(length()).filter(n -> n >= MOST_BYTES));
    assertEquals(MOST_BYTES, length());
    assertTrue(Console.lastWords(folder()).length() < 3000);
  }

  private long length() {
    Path log = folder().console();
    return Files.exists(log) ? log.toFile().length() : 0;
  }
}
