package dev.cofferdam.operator.rollout;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Has Cofferdam taken off all nodes: what {@code helm uninstall} runs before it deletes anything,
 * in a Job of the operator's image. Needs no operator that runs. The first node that refuses or
 * fails stops it, with the reason; it may be repeated.
 */
public final class Removal {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Agents agents;
  private final PrintStream out;
  private final Turn.Verb verb;
  private final Duration timeout;

  Removal(Agents agents, Turn.Verb verb, Duration timeout, PrintStream out) {
    this.agents = agents;
    this.verb = verb;
    this.timeout = timeout;
    this.out = out;
  }

  /** Exits with 1 when a node still has Cofferdam. Its settings are environment variables. */
  public static void main(String[] args) throws InterruptedException {
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      boolean evict = Boolean.parseBoolean(setting("COFFERDAM_EVICT"));
      Removal removal =
          new Removal(
              new Agents(client, setting("POD_NAMESPACE")),
              evict ? Turn.Verb.EVICT : Turn.Verb.UNINSTALL,
              Duration.parse("PT" + setting("COFFERDAM_TIMEOUT")),
              System.out);
      int most = Integer.parseInt(setting("COFFERDAM_AT_ONCE"));
      System.exit(removal.run(most) ? 0 : 1);
    }
  }

  private static String setting(String name) {
    return Objects.requireNonNull(System.getenv(name), name);
  }

  /** Whether no node has Cofferdam any more. */
  boolean run(int most) throws InterruptedException {
    List<Agent> all = agents.all();
    Deque<Agent> waiting =
        new ArrayDeque<>(
            all.stream()
                .filter(agent -> !agent.node().isEmpty())
                .sorted(Comparator.comparing(Agent::node))
                .toList());
    Map<String, Turn> given = new LinkedHashMap<>();
    List<String> failures = new ArrayList<>();
    long end = System.nanoTime() + timeout.toNanos();
    while (!given.isEmpty() || (!waiting.isEmpty() && failures.isEmpty())) {
      while (given.size() < most && !waiting.isEmpty() && failures.isEmpty()) {
        Agent agent = waiting.remove();
        Turn turn = Turn.next(verb, System.currentTimeMillis());
        agents.give(agent, turn);
        given.put(agent.pod(), turn);
        out.printf("node %s: %s%n", agent.node(), turn);
      }
      for (Agent agent : agents.all()) {
        if (given.containsKey(agent.pod()) && agent.outcome().isPresent()) {
          given.remove(agent.pod());
          out.println(Rollout.why(agent));
          if (agent.failed()) {
            failures.add(agent.node());
          }
        }
      }
      if (System.nanoTime() > end) {
        out.printf("no answer within %s: %s%n", timeout, given.keySet());
        return false;
      }
      Thread.sleep(LOOK);
    }
    out.println(
        failures.isEmpty()
            ? "no node has Cofferdam any more"
            : "stopped at %s; not asked: %d nodes".formatted(failures, waiting.size()));
    return failures.isEmpty();
  }
}
