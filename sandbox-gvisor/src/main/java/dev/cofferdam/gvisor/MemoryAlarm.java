package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.EventFd;
import dev.cofferdam.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells when the pod's memory, as the host counts it, passes a mark. Rings once; whoever waits is
 * woken by closing it, from any thread.
 */
sealed interface MemoryAlarm extends AutoCloseable {
  /** A mark that is never passed. */
  long NEVER = Long.MAX_VALUE;

  /** Memory in use now, file cache included; so never less than what containers use. */
  long used() throws IOException;

  /** Sets the mark. */
  void set(long bytes) throws IOException;

  /** Waits until the mark is passed, the alarm closed, or the time over. */
  void await(Duration timeout) throws IOException, InterruptedException;

  @Override
  void close();

  /** An alarm on the pod's cgroup, by what the kernel offers there. */
  static MemoryAlarm open(Optional<Path> folder) throws IOException {
    if (folder.isPresent() && Files.exists(folder.get().resolve("cgroup.event_control"))) {
      return Threshold.open(folder.get());
    }
    if (folder.isPresent() && Files.exists(folder.get().resolve("memory.high"))) {
      return High.open(folder.get());
    }
    return new Timer(new CountDownLatch(1));
  }

  /** Version 1: an event when usage passes a threshold (cgroup-v1/memory.rst, section 9). */
  record Threshold(Path folder, Fd usage, EventFd event) implements MemoryAlarm {
    static Threshold open(Path folder) throws IOException {
      Fd usage = Fd.open(folder.resolve("memory.usage_in_bytes"), Fd.O_RDONLY, 0);
      try {
        return new Threshold(folder, usage, EventFd.open());
      } catch (IOException e) {
        usage.close();
        throw e;
      }
    }

    @Override
    public long used() throws IOException {
      return number(usage);
    }

    @Override
    public void set(long bytes) throws IOException {
      if (bytes == NEVER) {
        return;
      }
      String registration = event.fd().number() + " " + usage.number() + " " + bytes;
      write(folder.resolve("cgroup.event_control"), registration);
    }

    @Override
    public void await(Duration timeout) throws IOException, InterruptedException {
      waitFor(event.fd(), Epoll.IN, timeout);
    }

    @Override
    public void close() {
      event.close();
      usage.close();
    }
  }

  /**
   * Version 2: passing {@code memory.high} is an event, and slows down who passes it until we have
   * looked and raised it (cgroup-v2.rst: it is meant to be watched so).
   */
  record High(Path folder, Fd usage, Fd events) implements MemoryAlarm {
    static High open(Path folder) throws IOException {
      Fd usage = Fd.open(folder.resolve("memory.current"), Fd.O_RDONLY, 0);
      try {
        Fd events = Fd.open(folder.resolve("memory.events"), Fd.O_RDONLY, 0);
        // What happens after a read is news.
        var _ = events.read(ByteBuffer.allocate(1024));
        return new High(folder, usage, events);
      } catch (IOException e) {
        usage.close();
        throw e;
      }
    }

    @Override
    public long used() throws IOException {
      return number(usage);
    }

    @Override
    public void set(long bytes) throws IOException {
      write(folder.resolve("memory.high"), bytes == NEVER ? "max" : Long.toString(bytes));
    }

    @Override
    public void await(Duration timeout) throws IOException, InterruptedException {
      waitFor(events, Epoll.PRI, timeout);
    }

    @Override
    public void close() {
      events.close();
      usage.close();
    }
  }

  /** No cgroup to ask: there may always be news. */
  record Timer(CountDownLatch closed) implements MemoryAlarm {
    private static final Duration PERIOD = Duration.ofMillis(100);

    @Override
    public long used() {
      return NEVER - 1;
    }

    @Override
    public void set(long bytes) {}

    @Override
    public void await(Duration timeout) throws InterruptedException {
      Duration wait = timeout.compareTo(PERIOD) < 0 ? timeout : PERIOD;
      var _ = closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private static void waitFor(Fd fd, int event, Duration timeout)
      throws IOException, InterruptedException {
    try {
      var _ = fd.await(event, timeout);
    } catch (ClosedChannelException woken) {
      return;
    }
  }

  private static long number(Fd file) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(64);
    int length = file.read(text, 0);
    return Long.parseLong(new String(text.array(), 0, length, StandardCharsets.US_ASCII).strip());
  }

  private static void write(Path file, String text) throws IOException {
    try (Fd control = Fd.open(file, Fd.O_WRONLY, 0)) {
      var _ = control.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
  }
}
