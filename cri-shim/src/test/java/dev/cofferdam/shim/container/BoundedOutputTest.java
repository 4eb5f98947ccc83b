package dev.cofferdam.shim.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdInput;
import dev.cofferdam.linux.FdStreams;
import dev.cofferdam.linux.Pipe;
import dev.cofferdam.sandbox.Deadline;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BoundedOutputTest {
  private static final Deadline NOW = Deadline.after(Duration.ZERO);
  private static final Deadline SOON = Deadline.after(Duration.ofSeconds(20));

  @Test
  void writerThatHasEnded_isReadWithoutWaiting() throws IOException {
    Pipe pipe = Pipe.open();
    try (FdInput input = nonBlocking(pipe.read())) {
      write(pipe, "all there is");
      pipe.write().close();
      assertEquals("all there is", text(BoundedOutput.of(input, 100), NOW));
    }
  }

  @Test
  void writerThatGoesOn_isReadToItsEnd() throws IOException {
    Pipe pipe = Pipe.open();
    try (FdInput input = nonBlocking(pipe.read())) {
      write(pipe, "first, ");
      BoundedOutput output = BoundedOutput.of(input, 100);
      write(pipe, "then");
      pipe.write().close();
      assertEquals("first, then", text(output, SOON));
    }
  }

  @Test
  void writerThatNeverStops_holdsNobodyUp() throws IOException {
    try (FdInput input = nonBlocking(Fd.open(Path.of("/dev/zero"), Fd.O_RDONLY, 0))) {
      BoundedOutput output = BoundedOutput.of(input, 100);
      assertEquals(100, output.by(NOW).length, "what is over is dropped");
    }
  }

  @Test
  void otherStream_isReadToo() {
    byte[] bytes = "of a microVM".getBytes(UTF_8);
    assertEquals(
        "of a microVM", text(BoundedOutput.of(new ByteArrayInputStream(bytes), 100), SOON));
  }

  private static FdInput nonBlocking(Fd fd) throws IOException {
    fd.setNonBlocking(true);
    return new FdStreams(fd).input();
  }

  private static void write(Pipe pipe, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    assertTrue(pipe.write().write(bytes) == bytes.limit(), "it has room");
  }

  private static String text(BoundedOutput output, Deadline deadline) {
    return new String(output.by(deadline), UTF_8);
  }
}
