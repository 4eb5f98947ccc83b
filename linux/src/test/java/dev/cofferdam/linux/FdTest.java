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
  void awaitShortly_isReadyOnlyWithData_andFreesItsPlace() throws Exception {
    try (Fd fifo = fifo()) {
      long begun = System.nanoTime();
      assertFalse(fifo.awaitShortly(Epoll.IN, Duration.ofHours(1)));
      assertTrue(System.nanoTime() - begun >= Duration.ofMillis(5).toNanos(), "it waits");
      fifo.write(bytes("x"));
      assertTrue(fifo.awaitShortly(Epoll.IN, Duration.ofHours(1)));
    }
    Fd closed = Fd.open(Path.of("/dev/zero"), Fd.O_RDONLY, 0);
    closed.close();
    assertThrows(
        ClosedChannelException.class, () -> closed.awaitShortly(Epoll.IN, Duration.ofHours(1)));
    try (Fd other = Fd.open(Path.of("/dev/zero"), Fd.O_RDONLY, 0)) {
      assertTrue(other.awaitShortly(Epoll.IN, Duration.ZERO), "whoever waited before is through");
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
  void await_shorterThanThoseThatWait_endsAtItsOwnTime() throws Exception {
    try (Fd fifo = fifo()) {
      CompletableFuture<Boolean> longer = new CompletableFuture<>();
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      longer.complete(fifo.await(Epoll.IN, Duration.ofMinutes(5)));
                    } catch (IOException | InterruptedException e) {
                      longer.completeExceptionally(e);
                    }
                  });
      Duration patience = Duration.ofMillis(200);
      for (int i = 0; i < 5; i++, patience = patience.dividedBy(2)) {
        long start = System.nanoTime();
        assertFalse(fifo.await(Epoll.IN, patience));
        long waited = System.nanoTime() - start;
        assertTrue(waited >= patience.toNanos(), () -> "too early: " + waited);
        assertTrue(waited < Duration.ofMinutes(1).toNanos(), () -> "too late: " + waited);
      }
      assertFalse(longer.isDone());
      fifo.write(bytes("x"));
      assertTrue(longer.get());
      thread.join();
    }
  }

  @Test
  void pipe_oneEndDoesNotBlock_theOtherStillDoes() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read()) {
      read.setNonBlocking(true);
      try (Fd write = pipe.write()) {
        assertEquals(0, read.read(ByteBuffer.allocate(10)));
        assertEquals(0, flags(write) & Fd.O_NONBLOCK);
        assertEquals(3, write.write(bytes("abc")));
        assertEquals(3, read.read(ByteBuffer.allocate(10)));
      }
      assertEquals(-1, read.read(ByteBuffer.allocate(10)));
    }
  }

  private static int flags(Fd fd) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd.number())).stream()
        .filter(line -> line.startsWith("flags:"))
        .map(line -> Integer.parseInt(line.substring("flags:".length()).strip(), 8))
        .findFirst()
        .orElseThrow();
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
