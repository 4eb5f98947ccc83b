package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PtyTest {
  @TempDir Path dir;

  @Test
  void stream_shellOnTheSlave_seesATerminalOfTheSizeSet() throws IOException {
    Pty pty = Pty.open();
    Pty.resize(pty.master(), 100, 40);
    FdStreams streams = Pty.stream(pty.master());
    String terminal = pty.slave().toString();
    Process shell =
        new ProcessBuilder("sh", "-c", "stty size; read line; echo got $line")
            .redirectInput(pty.slave().toFile())
            .redirectOutput(pty.slave().toFile())
            .start();
    try (OutputStream in = streams.output();
        BufferedReader out =
            new BufferedReader(new InputStreamReader(streams.input(), StandardCharsets.UTF_8))) {
      assertEquals("40 100", out.readLine());
      in.write("hello\n".getBytes(StandardCharsets.UTF_8));
      assertEquals("hello", out.readLine(), terminal + " echoes");
      assertEquals("got hello", out.readLine());
    } finally {
      shell.destroyForcibly();
    }
  }

  @Test
  void splice_masterToFifo_movesWhatTheSlaveWrote() throws Exception {
    Path path = dir.resolve("fifo");
    Fifo.create(path, 0600);
    Pty pty = Pty.open();
    try (Fd master = pty.master();
        Fd slave = Fd.open(pty.slave(), Fd.O_RDWR | Fd.O_NOCTTY, 0);
        Fd fifo = Fd.open(path, Fd.O_RDWR | Fd.O_NONBLOCK, 0)) {
      assertEquals(0, Splice.toPipe(master, fifo, 4096));
      slave.write(ByteBuffer.wrap("abc\n".getBytes(StandardCharsets.UTF_8)));
      assertTrue(master.await(Epoll.IN, Duration.ofSeconds(10)));
      assertEquals(5, Splice.toPipe(master, fifo, 4096));
    }
  }
}
