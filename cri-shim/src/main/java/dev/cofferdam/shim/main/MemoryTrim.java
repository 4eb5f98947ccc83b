package dev.cofferdam.shim.main;

import dev.cofferdam.linux.FilePages;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back that nobody needs.
 *
 * <p>Garbage: the serial collector looks at its old generation only when that is full, and lets it
 * grow before, so a burst of pods would leave tens of megabytes for good. A full collection of what
 * the shim keeps takes some 30 ms.
 *
 * <p>Pages of files: a start reads the whole class archive and much of the JVM, most of it once.
 */
final class MemoryTrim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryTrim.class);

  private static final long GARBAGE_SECONDS = 10;
  private static final long FILE_PAGES_SECONDS = 30;

  /** More garbage than this is worth a collection. */
  private static final long WORTH_BYTES = 6L << 20;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("memory-trim").factory());
  private long keptBytes;
  private @Nullable FilePages filePages;

  static MemoryTrim start() {
    MemoryTrim trim = new MemoryTrim();
    var _ =
        trim.timer.scheduleWithFixedDelay(
            trim::garbage, GARBAGE_SECONDS, GARBAGE_SECONDS, TimeUnit.SECONDS);
    var _ =
        trim.timer.scheduleWithFixedDelay(
            trim::filePages, FILE_PAGES_SECONDS, FILE_PAGES_SECONDS, TimeUnit.SECONDS);
    return trim;
  }

  private void garbage() {
    if (usedBytes() > keptBytes + WORTH_BYTES) {
      System.gc();
      keptBytes = usedBytes();
    }
  }

  private void filePages() {
    try {
      if (filePages == null) {
        filePages = FilePages.find();
      }
      filePages.drop();
    } catch (IOException e) {
      LOG.debug("pages of files stay: {}", e.toString());
    }
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
