package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A port of the node leads to the pod, behind the wall as with runc. */
@EndToEnd
class HostPortTest {
  private final Cluster cluster;
  private final Lab lab;

  HostPortTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @ParameterizedTest
  @CsvSource({"hostport-walled,hostports,18081", "hostport-plain,'',18082"})
  void hostPort_reachesTheContainersPort(String pod, String runtimeClass, int port) {
    if (!runtimeClass.isEmpty()) {
      cluster.applyPolicy(Policy.named(runtimeClass));
    }
    String ports =
        "ports: [{containerPort: 80, hostPort: %d}]\n    imagePullPolicy".formatted(port);
    cluster.apply(
        Pod.nginx(pod).runtimeClass(runtimeClass).yaml().replace("imagePullPolicy", ports));
    cluster.awaitReady(pod);
    Result result =
        lab.shell()
            .run(
                Duration.ofSeconds(60),
                "",
                List.of(
                    "bash",
                    "-c",
                    """
                    node=$(kubectl get pod "$0" -o 'jsonpath={.status.hostIP}')
                    curl -fsS -m 50 --retry 20 --retry-connrefused --retry-delay 1 "http://$node:$1/"
                    """,
                    pod,
                    Integer.toString(port)));
    assertTrue(result.orThrow().out().contains("Welcome to nginx"), result.out());
  }
}
