package dev.cofferdam.e2e;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The chart with its part for nodes, in a lab, by helm. */
final class Chart {
  static final String NAMESPACE = "cofferdam-system";
  private static final Duration PUSH_TIMEOUT = Duration.ofMinutes(5);

  private final Lab lab;
  private final int patience;
  private final Duration timeout;

  /**
   * @param patience how many times the usual everything may take on the nodes
   * @param timeout how long helm may take
   */
  Chart(Lab lab, int patience, Duration timeout) {
    this.lab = lab;
    this.patience = patience;
    this.timeout = timeout;
  }

  /** {@code helm install} or {@code upgrade} with these images' tags. */
  Result bring(String verb, String operator, String payload, String... options) {
    List<String> more = new ArrayList<>();
    set(more, "operator.image.repository=docker.io/cofferdam/operator");
    set(more, "operator.image.tag=" + operator);
    set(more, "node.install.image.repository=docker.io/cofferdam/node");
    set(more, "node.install.image.tag=" + payload);
    set(more, "node.install.enabled=true");
    set(more, "node.install.patience=" + patience);
    more.addAll(List.of(options));
    return run(verb, SharedLab.REPOSITORY + "/deploy/helm/cofferdam", more);
  }

  /** {@code helm VERB} of what is there. */
  Result helm(String verb, String... options) {
    return run(verb, "", List.of(options));
  }

  private static void set(List<String> command, String value) {
    command.addAll(List.of("--set", value));
  }

  private Result run(String verb, String chart, List<String> options) {
    List<String> command = new ArrayList<>(List.of("helm", verb, "cofferdam"));
    if (!chart.isEmpty()) {
      command.add(chart);
    }
    command.addAll(List.of("--namespace", NAMESPACE, "--timeout", timeout.toSeconds() + "s"));
    command.addAll(options);
    long begun = System.nanoTime();
    Result result = lab.shell().run(timeout.plusMinutes(2), "", command);
    System.err.printf(
        "helm %s: %d, after %d s%n%s%n",
        verb,
        result.exitCode(),
        Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
        result.out() + result.err());
    return result;
  }

  /** Pushes the operator's image and returns its tag. */
  String pushOperator() throws IOException {
    return push("operator/target/image:operator", "operator", "operator/target/image.tag");
  }

  /** Pushes the nodes' payload and returns its tag. */
  String pushPayload() throws IOException {
    return push(
        "cri-shim/target/payload-image:payload", "node", "cri-shim/target/payload-image.tag");
  }

  private String push(String layout, String image, String tagFile) throws IOException {
    String tag = Files.readString(SharedLab.REPOSITORY.resolve(tagFile)).strip();
    push(SharedLab.REPOSITORY.resolve(layout), image, tag);
    return tag;
  }

  /** Pushes an image of an OCI layout. */
  void push(Path layout, String image, String tag) {
    lab.shell()
        .run(
            PUSH_TIMEOUT,
            "",
            List.of(
                "skopeo",
                "copy",
                "-q",
                "--dest-tls-verify=false",
                "oci:" + layout,
                "docker://%s/cofferdam/%s:%s".formatted(Registry.ADDRESS, image, tag)))
        .orThrow();
  }
}
