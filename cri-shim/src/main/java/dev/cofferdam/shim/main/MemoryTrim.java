package dev.cofferdam.shim.main;

import dev.cofferdam.linux.FilePages;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
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
 * the shim keeps takes some 30 ms; when a burst is over, one is made for less.
 *
 * <p>Pages of files: a start reads the whole class archive and much of the JVM, most of it once.
 */
final class MemoryTrim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryTrim.class);

  private static final long GARBAGE_SECONDS = 10;
  private static final long FILE_PAGES_SECONDS = 30;

  /** More garbage than this is worth a collection. */
  private static final long WORTH_BYTES = 6L << 20;

  /** So many collections of young garbage are a burst, which leaves old garbage too. */
  private static final long BURST = 8;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("memory-trim").factory());
  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getGarbageCollectorMXBeans();
  private long keptBytes;
  private long collectionsThen;
  private long collectionsSeen;
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
    long collections = collections();
    boolean atRest = collections - collectionsSeen <= 1;
    boolean afterBurst = atRest && collections - collectionsThen >= BURST;
    if (afterBurst || usedBytes() > keptBytes + WORTH_BYTES) {
      System.gc();
      keptBytes = usedBytes();
      collectionsThen = collections();
    }
    collectionsSeen = collections();
  }

  private long collections() {
    return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
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
