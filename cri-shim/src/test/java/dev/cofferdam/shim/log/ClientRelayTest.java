package dev.cofferdam.shim.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdStreams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the shim before makes of the next one's end of the socket. */
@Timeout(60)
class ClientRelayTest {
  private static final String STOPPED = "the shim was stopped or replaced; attach again";

  @TempDir private Path dir;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String copied(String sentByNext) throws IOException, InterruptedException {
    ClientRelay.Pair pair = ClientRelay.open(dir);
    try (ClientRelay here = pair.here()) {
      try (Fd there = pair.there();
          OutputStream next = new FdStreams(there).output()) {
        next.write(HexFormat.of().parseHex(sentByNext));
      }
      return here.copy(Optional.of(out), Optional.empty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "01", "010000", "0100000002", "010000000261", "030000000261"})
  void copy_nextShimIsKilledAtAnyByte_saysSoAndBringsNoPartOfAFrame(String sent) throws Exception {
    assertEquals(STOPPED, copied(sent));
    assertEquals("", out.toString(UTF_8));
  }

  @Test
  void copy_nextShimIsKilledWithAWordToItUnread_saysSo() throws Exception {
    ClientRelay.Pair pair = ClientRelay.open(dir);
    try (ClientRelay here = pair.here()) {
      here.inputEnded();
      pair.there().close();
      assertEquals(STOPPED, here.copy(Optional.of(out), Optional.empty()));
    }
  }

  @Test
  void copy_endWithItsReason_bringsWhatWasBeforeItAndReturnsTheReason() throws Exception {
    assertEquals("no", copied("01000000026162" + "03000000026e6f"));
    assertEquals("ab", out.toString(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0100100001", "01ffffffff"})
  void copy_frameOfALengthThatNoShimSends_isRefused(String sent) {
    assertThrows(IOException.class, () -> copied(sent));
  }
}
