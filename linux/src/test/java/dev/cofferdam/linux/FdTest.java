package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FdTest {
  @TempDir Path dir;

  private Fd fifo() throws IOException {
    Path path = dir.resolve("fifo");
    Fifo.create(path, 0600);
    return Fd.open(path, Fd.O_RDWR | Fd.O_NONBLOCK, 0);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void read_emptyFifo_isZeroAndThenWhatWasWritten() throws IOException {
    try (Fd fifo = fifo()) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(10);
      assertEquals(0, fifo.read(buffer));
      assertEquals(3, fifo.write(bytes("abc")));
      assertEquals(3, fifo.read(buffer));
      assertEquals(3, buffer.position());
    }
  }

  @Test
  void await_dataComes_isReady() throws Exception {
    try (Fd fifo = fifo()) {
      assertFalse(fifo.await(Epoll.IN, Duration.ofMillis(10)));
      fifo.write(bytes("x"));
      assertTrue(fifo.await(Epoll.IN, Duration.ofSeconds(10)));
    }
  }

  @Test
  void close_whileAnotherThreadWaits_endsItsWait() throws Exception {
    Fd fifo = fifo();
    CompletableFuture<Boolean> waiter =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return fifo.await(Epoll.IN, Duration.ofSeconds(30));
              } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
              }
            },
            command -> Thread.ofVirtual().name("waiter").start(command));
    Awaitility.await().during(Duration.ofMillis(50)).until(() -> !waiter.isDone());
    fifo.close();
    CompletionException e = assertThrows(CompletionException.class, waiter::join);
    assertInstanceOf(ClosedChannelException.class, e.getCause());
  }

  @Test
  void open_symlinkWithNoFollow_isRefused() throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("elsewhere"));
    LinuxException e =
        assertThrows(
            LinuxException.class,
            () -> Fd.open(link, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_NOFOLLOW, 0640).close());
    assertEquals(Errno.ELOOP, e.errno());
  }

  @Test
  void splice_fifoToFile_movesBytesToThePosition() throws IOException {
    Path path = Files.writeString(dir.resolve("file"), "....");
    try (Fd fifo = fifo();
        Fd file = Fd.open(path, Fd.O_RDWR, 0)) {
      assertEquals(0, Splice.toFile(fifo, file, 2, 100));
      fifo.write(bytes("abc"));
      assertEquals(3, Splice.toFile(fifo, file, 2, 100));
      assertEquals("..abc", Files.readString(path));
      assertEquals(5, file.size());
    }
  }

  @Test
  void epoll_readyDescriptor_comesWithItsKey() throws IOException {
    try (Epoll epoll = Epoll.open();
        EventFd event = EventFd.open();
        Fd fifo = fifo()) {
      epoll.add(event.fd(), Epoll.IN, -1);
      epoll.add(fifo, Epoll.IN, 1L << 40);
      assertTrue(epoll.await(Duration.ZERO).isEmpty());
      fifo.write(bytes("x"));
      assertEquals(1L << 40, epoll.await(Duration.ofSeconds(10)).getFirst().key());
      epoll.remove(fifo);
      event.signal();
      assertEquals(-1, epoll.await(Duration.ofSeconds(10)).getFirst().key());
      event.clear();
      assertTrue(epoll.await(Duration.ZERO).isEmpty());
    }
  }
}
