package dev.cofferdam.shim.cni;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a program prints, up to a limit. Filled by one thread of its own, read by another. */
final class BoundedOutput {
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final int limit;
  private final Runnable tooMuch;
  private volatile boolean exceeded;

  /**
   * @param tooMuch called once when there is more than {@code limit} bytes; the rest is read and
   *     thrown away, so that the program isn't left blocked on a full pipe
   */
  BoundedOutput(InputStream stream, int limit, Runnable tooMuch) {
    this.limit = limit;
    this.tooMuch = tooMuch;
    Thread _ = Thread.ofVirtual().name("cni-output").start(() -> drain(stream));
  }

  private void drain(InputStream stream) {
    byte[] buffer = new byte[8192];
    try (stream) {
      for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
        kept.write(buffer, 0, Math.min(read, limit - kept.size()));
        if (!exceeded && kept.size() == limit) {
          exceeded = true;
          tooMuch.run();
        }
      }
    } catch (IOException e) {
      // The stream is closed under us when the program is killed; what was read stands.
    } finally {
      ended.countDown();
    }
  }

  boolean exceeded() {
    return exceeded;
  }

  /** What was printed; a child of the program may keep the stream open for longer than we wait. */
  String text(Duration patience) throws InterruptedException {
    boolean _ = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    return kept.toString(StandardCharsets.UTF_8);
  }
}
