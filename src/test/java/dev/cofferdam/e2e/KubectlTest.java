package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What people do with pods all day works the same behind the wall ({@code walled}) as with runc
 * ({@code plain}).
 */
@EndToEnd
class KubectlTest {
  private final Cluster cluster;
  private final Lab lab;

  KubectlTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void runPods(Cluster cluster) {
    cluster.applyPolicy(Policy.named("daily"));
    cluster.apply(Pod.nginx("walled").runtimeClass("daily").yaml());
    cluster.apply(Pod.nginx("plain").yaml());
    cluster.awaitReady("walled");
    cluster.awaitReady("plain");
  }

  @ParameterizedTest
  @ValueSource(strings = {"walled", "plain"})
  void logs_showWhatTheContainerWrote(String pod) {
    cluster.fetch(pod);
    assertTrue(cluster.logs(pod).contains("GET / HTTP/1.1"), cluster.logs(pod));
  }

  @ParameterizedTest
  @ValueSource(strings = {"walled", "plain"})
  void exec_givesOutputErrorsAndExitCode(String pod) {
    Result result = cluster.exec(pod, "sh", "-c", "echo said; echo complained >&2; exit 7");
    assertEquals("said\n", result.out());
    assertTrue(result.err().startsWith("complained\n"), result.err());
    assertEquals(7, result.exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"walled", "plain"})
  void exec_readsInput(String pod) {
    Result result = cluster.kubectlWithInput("some input", "exec", "-i", pod, "--", "wc", "-c");
    assertEquals("10", result.orThrow().out().strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"walled", "plain"})
  void portForward_reachesTheContainersPort(String pod) {
    Result result =
        lab.shell()
            .run(
                Duration.ofSeconds(40),
                "",
                List.of(
                    "bash",
                    "-c",
                    """
                    coproc kubectl port-forward "pod/$0" 18080:80
                    read -r -t 20 line <&"${COPROC[0]}" && curl -fsS http://127.0.0.1:18080/
                    rc=$?
                    kill "$COPROC_PID"
                    exit $rc
                    """,
                    pod));
    assertTrue(result.orThrow().out().contains("Welcome to nginx"), result.out());
  }
}
