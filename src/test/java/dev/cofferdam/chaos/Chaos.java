package dev.cofferdam.chaos;

import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A node with pods that come and go, and one that stays and counts. */
final class Chaos {
  static final int SLOTS = 5;

  private static final int PIPES_PER_CONTAINER = 2;

  /** Every so many rounds the witness's log is rotated while something is killed. */
  private static final int ROTATE_EVERY = 3;

  /** How often a call is made until what is at work in it was hit. */
  private static final int CHANCES = 4;

  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final Lab lab;
  private final Wall wall;
  private final NodeAgent agent;
  private final Operations operations;
  private final PodLogs logs;
  private final Strike strike;
  private final ChaosPod[] slots = new ChaosPod[SLOTS];
  private final ChaosPod witness;
  private final ChaosPod plain;
  private final Map<Target, Integer> tally = new EnumMap<>(Target.class);
  private int pods;

  Chaos(Lab lab, Cri cri, Wall wall) {
    this.lab = lab;
    this.wall = wall;
    this.witness = new ChaosPod("chaos-witness", wall.handler(), wall.witnessLinesPerSecond());
    this.plain = new ChaosPod("chaos-plain", "", wall.linesPerSecond());
    this.agent = new NodeAgent(cri);
    this.operations = new Operations(lab, cri, agent);
    this.logs = new PodLogs(operations);
    this.strike = new Strike(lab, wall.timesSlower());
    for (int slot = 0; slot < SLOTS; slot++) {
      slots[slot] = next();
    }
  }

  private ChaosPod next() {
    return new ChaosPod(ChaosPod.UID_PREFIX + ++pods, wall.handler(), wall.linesPerSecond());
  }

  /** What the first pod of a kind leaves (a bridge, a probed backend) is there from then on. */
  void warmUp() throws IOException {
    for (String handler : List.of(wall.handler(), "")) {
      ChaosPod pod = new ChaosPod("chaos-first" + handler, handler, wall.linesPerSecond());
      agent.run(pod);
      agent.remove(pod, 0);
      logs.delete(pod);
    }
  }

  void begin() {
    agent.run(witness);
    agent.run(plain);
  }

  void run(Round round) throws IOException {
    List<ChaosPod> busy = round.steps().stream().map(step -> slots[step.slot()]).toList();
    List<ChaosPod> bystanders =
        Stream.of(slots).filter(pod -> pod.runs() && !busy.contains(pod)).toList();
    List<ChaosPod> targets =
        round.bystander() && round.target().endsPods() && !bystanders.isEmpty() ? bystanders : busy;
    Strike.Hit hit;
    AtomicBoolean struck = new AtomicBoolean();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls = new ArrayList<>();
      for (Round.Step step : round.steps()) {
        ChaosPod pod = slots[step.slot()];
        calls.add(executor.submit(() -> perform(pod, step, round.target(), struck)));
      }
      if (round.number() % ROTATE_EVERY == 0) {
        calls.add(executor.submit(() -> operations.perform(witness, Operation.REOPEN_LOG, 0)));
      }
      hit = strike.at(round, targets, () -> calls.stream().allMatch(Future::isDone));
      struck.set(true);
      for (Future<?> call : calls) {
        await(call);
      }
    }
    Evidence.note("done; " + hit);
    tally.merge(hit.target(), 1, Integer::sum);
    settle(hit);
    verify(hit.target());
  }

  /** What comes and goes is given some chances to be hit. */
  private void perform(ChaosPod pod, Round.Step step, Target target, AtomicBoolean struck) {
    int chances = target.comesAndGoes() ? CHANCES : 1;
    operations.perform(pod, step.operation(), step.way());
    while (--chances > 0 && !struck.get()) {
      if (!pod.runs()) {
        pod.attempt++; // as kubelet counts: with a log of its own
      }
      operations.perform(pod, step.operation(), step.way());
    }
  }

  private static void await(Future<?> call) {
    try {
      call.get();
    } catch (ExecutionException e) {
      throw new AssertionError(String.valueOf(e.getCause()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** A pod that was hit is known to have ended, and says why; its place is free then. */
  private void settle(Strike.Hit hit) throws IOException {
    for (int slot = 0; slot < SLOTS; slot++) {
      ChaosPod pod = slots[slot];
      if (pod.runs() && hit.process().filter(process -> ends(process, pod)).isPresent()) {
        Awaitility.await("the end of " + pod).atMost(TIMEOUT).until(() -> agent.hasEnded(pod));
        requireReason(pod, hit);
        agent.remove(pod, 0);
      }
      pod.mayEnd = false;
      pod.mayFailToStart = false;
      if (pod.sandboxId.isEmpty()) {
        logs.check(pod);
        logs.delete(pod);
        slots[slot] = next();
      }
    }
  }

  private static boolean ends(HitProcess process, ChaosPod pod) {
    return pod.mayEnd
        && pod.sandboxId.startsWith(process.sandbox())
        && (process.container().isEmpty() || process.container().equals(pod.containerId));
  }

  private void requireReason(ChaosPod pod, Strike.Hit hit) {
    ContainerStatus status = agent.status(pod.containerId);
    boolean said =
        status.getState() == ContainerState.CONTAINER_EXITED
            && status.getExitCode() != 0
            && List.of("Error", "Unknown").contains(status.getReason())
            && saysOf(hit.target()).stream().anyMatch(status.getMessage()::contains);
    if (!said) {
      throw new AssertionError("%s after %s does not say why: %s".formatted(pod, hit, status));
    }
  }

  /** The sandbox's own gofer takes the sentry along, and a monitor may end without its vsock. */
  private static List<String> saysOf(Target target) {
    return switch (target) {
      case SENTRY -> List.of("sentry");
      case GOFER -> List.of("gofer", "sentry");
      case MONITOR -> List.of("the monitor, process");
      case VSOCK -> List.of("through which the guest is reached", "the monitor, process");
      case FILES -> List.of("through which the guest is reached");
      case SHIM, CONTAINERD, KEEPER, RUNSC, CNI_PLUGIN -> List.of();
    };
  }

  /** Every pod lives on, with the same process inside, and can be called. */
  private void verify(Target target) {
    List<ChaosPod> alive =
        Stream.concat(Stream.of(witness, plain), Stream.of(slots)).filter(ChaosPod::runs).toList();
    for (ChaosPod pod : alive) {
      agent.run(pod);
    }
    if (target == Target.KEEPER) {
      // Should the shim be next, the streams must be with the new keeper by then.
      long walled = alive.stream().filter(pod -> pod != plain).count();
      Awaitility.await("the keeper holds all streams again")
          .atMost(TIMEOUT)
          .until(() -> lab.keptPipes().size() == walled * PIPES_PER_CONTAINER);
    }
  }

  /** Takes all pods away; how many lines the witness wrote, each of them in its log once. */
  long end() throws IOException {
    for (ChaosPod pod : slots) {
      if (pod.runs()) {
        agent.remove(pod, 0);
      }
      logs.check(pod);
      logs.delete(pod);
    }
    agent.remove(witness, 0);
    long lines = logs.check(witness);
    logs.delete(witness);
    agent.remove(plain, 0);
    logs.delete(plain);
    return lines;
  }

  /** What was killed how often. */
  Map<Target, Integer> tally() {
    return tally;
  }
}
