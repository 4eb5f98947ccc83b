package dev.cofferdam.shim.cni;

import dev.cofferdam.linux.FdInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a program prints, up to a limit. Filled by a thread of its own while the program runs, and
 * by who asks for it afterwards: a busy machine may not get to that thread in time.
 */
final class BoundedOutput {
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final byte[] buffer = new byte[8192];
  private final FdInput stream;
  private final int limit;
  private final Runnable tooMuch;
  private volatile boolean exceeded;

  /**
   * @param tooMuch called once when there is more than {@code limit} bytes; the rest is read and
   *     thrown away, so that the program isn't left blocked on a full pipe
   */
  BoundedOutput(FdInput stream, int limit, Runnable tooMuch) {
    this.stream = stream;
    this.limit = limit;
    this.tooMuch = tooMuch;
    Thread _ = Thread.ofVirtual().name("cni-output").start(this::drain);
  }

  private void drain() {
    try {
      for (int read = take(); read >= 0; read = take()) {
        if (read == 0) {
          stream.awaitMore();
        }
      }
    } catch (IOException e) {
      // The stream is closed under us when nobody wants more; what was read stands.
    } finally {
      ended.countDown();
    }
  }

  /**
   * Takes what is there, or a part of it.
   *
   * @return bytes taken; 0: there are none now; -1: that was all
   */
  private synchronized int take() throws IOException {
    int read = stream.readNow(buffer, 0, buffer.length);
    if (read > 0) {
      kept.write(buffer, 0, Math.min(read, limit - kept.size()));
      if (!exceeded && kept.size() == limit) {
        exceeded = true;
        tooMuch.run();
      }
    }
    return read;
  }

  boolean exceeded() {
    return exceeded;
  }

  /**
   * What was printed, once the program has ended; a child of it may keep the stream open for longer
   * than we wait.
   */
  String text(Duration patience) throws InterruptedException {
    try {
      int read = take();
      while (read > 0 && !exceeded) {
        read = take();
      }
      if (read == 0) {
        boolean _ = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (IOException e) {
      // As above.
    }
    synchronized (this) {
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
