package dev.cofferdam.e2e;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** The lab's cluster as its user sees it: through kubectl. */
final class Cluster {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final Lab lab;
  private final Duration forPods;

  Cluster(Lab lab) {
    this(lab, Duration.ofSeconds(90));
  }

  /**
   * @param forPods how long a pod may take to come or to go
   */
  Cluster(Lab lab, Duration forPods) {
    this.lab = lab;
    this.forPods = forPods;
  }

  /** Runs kubectl; the caller looks at the exit code. */
  Result kubectl(String... arguments) {
    return kubectlWithInput("", arguments);
  }

  Result kubectlWithInput(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(arguments));
    return lab.shell().run(TIMEOUT.plus(forPods), input, command);
  }

  /** Applies objects that must be accepted. */
  void apply(String yaml) {
    tryApply(yaml).orThrow();
  }

  Result tryApply(String yaml) {
    return kubectlWithInput(yaml, "apply", "-f", "-");
  }

  /** Applies a policy and waits until pods may name its class and the node serves them. */
  void applyPolicy(Policy policy) {
    apply(policy.yaml());
    for (String condition : List.of("RuntimeClassReady", "NodesAvailable")) {
      kubectl(
              "wait",
              "--for=condition=" + condition,
              "sandboxpolicy/" + policy.name(),
              "--timeout=90s")
          .orThrow();
    }
  }

  void runUntilReady(Pod pod) {
    apply(pod.yaml());
    awaitReady(pod.name());
  }

  void awaitReady(String pod) {
    Result waited = kubectl("wait", "--for=condition=Ready", "pod/" + pod, timeout());
    if (!waited.ok()) {
      throw new AssertionError(waited.err() + events(pod));
    }
  }

  /** One field of an object, by JSONPath without the braces; empty where it is not set. */
  String get(String object, String jsonPath) {
    return kubectl("get", object, "-o", "jsonpath={" + jsonPath + "}").orThrow().out();
  }

  boolean exists(String object) {
    return kubectl("get", object).ok();
  }

  String logs(String pod) {
    return kubectl("logs", pod).orThrow().out();
  }

  Result exec(String pod, String... command) {
    List<String> arguments = new ArrayList<>(List.of("exec", pod, "--"));
    arguments.addAll(List.of(command));
    return kubectl(arguments.toArray(String[]::new));
  }

  /** The page that the pod serves, asked for from the node. */
  String fetch(String pod) {
    return lab.shell()
        .run(
            "curl",
            "-fsS",
            "--retry",
            "5",
            "--retry-connrefused",
            "http://" + get("pod/" + pod, ".status.podIP") + "/")
        .orThrow()
        .out();
  }

  /** Messages of the events about the object of that name. */
  String events(String name) {
    return kubectl(
            "get",
            "events",
            "--field-selector",
            "involvedObject.name=" + name,
            "-o",
            "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}")
        .out();
  }

  /** Waits until an event about the object says this. */
  void awaitEvent(String name, String part) {
    Awaitility.await("an event of " + name + " with '" + part + "'")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> events(name), events -> events.contains(part));
  }

  void delete(String object) {
    kubectl("delete", object, "--ignore-not-found", timeout()).orThrow();
  }

  private String timeout() {
    return "--timeout=" + forPods.toSeconds() + "s";
  }

  /** Deletes what tests made, and waits until it is gone. */
  void deleteAll() {
    kubectl("delete", "pods", "--all", "--timeout=90s", "--grace-period=1").orThrow();
    kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
    // kubelet removes stopped sandboxes once a minute: no need to wait for that.
    lab.shell()
        .run(
            "sh",
            "-c",
            "crictl pods -q --state NotReady --namespace default | xargs -r crictl rmp >/dev/null");
  }
}
