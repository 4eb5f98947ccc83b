package dev.cofferdam.shim.network;

import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.cni.LibcniCache;
import dev.cofferdam.shim.cni.PluginProcesses;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.containerd.CriSandboxes;
import dev.cofferdam.shim.front.NetworkPause;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs {@link NetworkUpkeep} in the background for as long as the shim serves. */
public final class NetworkUpkeepThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkUpkeepThread.class);

  /** How often is looked whether the pods of before have been taken up. */
  private static final Duration ADOPTION = Duration.ofSeconds(1);

  private static final Duration ENDING = Duration.ofSeconds(10);

  private static final Duration RETRY = Duration.ofMinutes(1);

  private final Thread thread;

  private NetworkUpkeepThread(Thread thread) {
    this.thread = thread;
  }

  /**
   * Begins as soon as our own pods are known.
   *
   * @param adopted whether our own pods are known
   * @param attached those of them that have a network
   * @param gcEvery zero: never
   * @param gcQuiet how long before GC no call for a pod may have failed, nor the shim have started
   */
  public static NetworkUpkeepThread start(
      Cni cni,
      CriSandboxes containerd,
      Path libcniCache,
      Supplier<List<PodNetwork>> attached,
      BooleanSupplier adopted,
      NetworkPause pauses,
      Duration gcEvery,
      Duration gcQuiet) {
    ForeignAttachments foreign =
        new ForeignAttachments(
            new OfContainerd(containerd),
            new LibcniCache(libcniCache),
            new NamespaceMounts(Path.of("/proc/self/mountinfo")),
            new PluginProcesses(Path.of("/proc")));
    NetworkUpkeep upkeep = new NetworkUpkeep(cni, foreign, attached, pauses::tryDuring, gcQuiet);
    return new NetworkUpkeepThread(
        Thread.ofVirtual().name("networks").start(() -> run(upkeep, adopted, gcEvery)));
  }

  private static void run(NetworkUpkeep upkeep, BooleanSupplier adopted, Duration gcEvery) {
    try {
      while (!adopted.getAsBoolean()) {
        Thread.sleep(ADOPTION);
      }
      List<String> _ = upkeep.check();
      while (!gcEvery.isZero()) {
        Thread.sleep(gcEvery.compareTo(RETRY) < 0 ? gcEvery : RETRY);
        if (once(upkeep) == NetworkUpkeep.Outcome.DONE) {
          Thread.sleep(gcEvery);
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static NetworkUpkeep.Outcome once(NetworkUpkeep upkeep) throws InterruptedException {
    try {
      return upkeep.collectGarbage();
    } catch (RuntimeException e) {
      LOG.error("the upkeep of networks failed, which it must not", e);
      return NetworkUpkeep.Outcome.NOT_NOW;
    }
  }

  /** Waits for what is being done: another shim may be about to look after the same networks. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      var _ = thread.join(ENDING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
