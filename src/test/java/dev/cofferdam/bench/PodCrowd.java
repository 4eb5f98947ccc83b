package dev.cofferdam.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Pods that are started at once. */
final class PodCrowd {
  private final Side side;
  private final List<BenchPod> pods;

  PodCrowd(Side side, int count) {
    this.side = side;
    this.pods = Stream.generate(() -> new BenchPod(side)).limit(count).toList();
  }

  /** Milliseconds until each has printed its line. */
  double start() {
    return allAtOnce(BenchPod::start);
  }

  /** Milliseconds until the last is gone. */
  double end() {
    return allAtOnce(BenchPod::end);
  }

  private double allAtOnce(Consumer<BenchPod> act) {
    long begun = System.nanoTime();
    List<CompletableFuture<Void>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (BenchPod pod : pods) {
        running.add(CompletableFuture.runAsync(() -> act.accept(pod), threads));
      }
    }
    running.forEach(CompletableFuture::join);
    return (System.nanoTime() - begun) / 1e6;
  }

  /** What they hold while they do nothing; CPU time only where there is a time to look at it. */
  Footprint footprint(long idleSeconds) throws InterruptedException {
    return Footprint.now(pods.size(), side.name(), idleSeconds);
  }
}
