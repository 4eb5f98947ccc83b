package dev.cofferdam.chaos;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** Kills what a round says, when it says so, and starts again what a node's init would. */
final class Strike {
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(300);
  private static final Duration RUNSC_LIFE = Duration.ofMillis(120);
  private static final Duration PLUGIN_LIFE = Duration.ofMillis(25);
  private static final int MOST_SPARED = 3;
  private static final Duration LOOK_EVERY = Duration.ofMillis(3);
  private static final Duration KEEPER_TIMEOUT = Duration.ofSeconds(60);

  private final Lab lab;
  private final int timesSlower;

  /**
   * @param timesSlower than an operation's usual time
   */
  Strike(Lab lab, int timesSlower) {
    this.lab = lab;
    this.timesSlower = timesSlower;
  }

  /** What was hit. */
  record Hit(Target target, Optional<HitProcess> process) {}

  /**
   * Waits for the instant, and kills.
   *
   * @param pods those whose processes may be hit
   * @param over whether the round's calls are done: what has not come by then comes no more, and
   *     the shim is killed in its stead
   */
  Hit at(Round round, List<ChaosPod> pods, BooleanSupplier over) {
    return switch (round.target()) {
      case SHIM -> {
        await(round);
        yield shim(round);
      }
      case CONTAINERD -> {
        await(round);
        lab.containerd().kill();
        pause(round);
        lab.containerd().start();
        yield new Hit(Target.CONTAINERD, Optional.empty());
      }
      case KEEPER -> {
        await(round);
        keeper();
        yield new Hit(Target.KEEPER, Optional.empty());
      }
      case SENTRY, GOFER, MONITOR, VSOCK, FILES -> {
        await(round);
        yield process(round, pods, over, Duration.ZERO);
      }
      // Those come late and go soon: the instant is one of their own life.
      case RUNSC -> process(round, pods, over, RUNSC_LIFE);
      case CNI_PLUGIN -> process(round, pods, over, PLUGIN_LIFE);
    };
  }

  private void await(Round round) {
    Duration usual = round.steps().getFirst().operation().usual().multipliedBy(timesSlower);
    LockSupport.parkNanos((long) (usual.toNanos() * round.instant()));
  }

  private Hit shim(Round round) {
    lab.shim().kill();
    pause(round);
    try {
      lab.shim().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Hit(Target.SHIM, Optional.empty());
  }

  private static void pause(Round round) {
    LockSupport.parkNanos((long) (LONGEST_PAUSE.toNanos() * round.pause()));
  }

  private Hit process(Round round, List<ChaosPod> pods, BooleanSupplier over, Duration usualLife) {
    Map<String, ChaosPod> byUid = new HashMap<>();
    pods.forEach(pod -> byUid.put(pod.uid(), pod));
    Set<Long> spared = new HashSet<>();
    int toSpare = usualLife.isZero() ? 0 : (int) (round.pause() * MOST_SPARED);
    do {
      List<HitProcess> there = HitProcess.all(lab, round.target(), byUid.keySet());
      if (!there.isEmpty()) {
        HitProcess hit = there.get((int) (there.size() * round.pause()));
        if (spared.size() < toSpare || spared.contains(hit.pid())) {
          spared.add(hit.pid());
        } else {
          LockSupport.parkNanos((long) (usualLife.toNanos() * round.instant()));
          ChaosPod pod = Objects.requireNonNull(byUid.get(hit.uid()));
          pod.mayFailToStart = true;
          pod.mayEnd = round.target().endsPods();
          if (hit.kill(round.target())) {
            return new Hit(round.target(), Optional.of(hit));
          }
        }
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    } while (!over.getAsBoolean());
    return shim(round);
  }

  private void keeper() {
    long old = lab.shim().keeper().orElseThrow(() -> new AssertionError("no keeper runs"));
    ProcessHandle.of(old).ifPresent(ProcessHandle::destroyForcibly);
    Awaitility.await("a new keeper")
        .atMost(KEEPER_TIMEOUT)
        .until(() -> lab.shim().keeper().filter(id -> id != old).isPresent());
  }
}
