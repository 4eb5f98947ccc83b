package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sessions that say nothing for long (longer with {@code --long}), and many at once. */
@EndToEnd
class StreamsTest {
  private static final boolean LONG = Boolean.getBoolean("cofferdam.long");
  private static final int SILENT_SECONDS = LONG ? 330 : 15;
  private static final int SESSIONS = 300;
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final Lab lab;

  StreamsTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void runPod(Cluster cluster) {
    cluster.applyPolicy(Policy.named("streamed"));
    cluster.runUntilReady(
        Pod.named("silent")
            .runtimeClass("streamed")
            .shell(
                // The port answers a line only after that time.
                "exec nc -ll -p 80 -e sh -c 'read line; sleep %d; echo heard $line'"
                    .formatted(SILENT_SECONDS)));
  }

  private Result bash(String script) {
    String inFolder = "cd $(mktemp -d) || exit 1; trap 'rm -r $PWD' EXIT\n";
    return lab.shell().run(TIMEOUT, "", List.of("bash", "-c", inFolder + script));
  }

  @Test
  void silence_onExecAndPortForward_endsNeither() {
    String script =
        """
        kubectl exec silent -- sh -c 'echo before; sleep %1$d; echo after; exit 3' > exec.out &
        exec_id=$!
        coproc kubectl port-forward pod/silent 18083:80
        read -r -t 60 line <&"${COPROC[0]}"
        exec 3<> /dev/tcp/127.0.0.1/18083
        echo it >&3
        read -r -t 600 answer <&3
        wait "$exec_id"; code=$?
        kill "$COPROC_PID"
        echo "$code $(tr '\\n' ' ' < exec.out)$answer"
        """
            .formatted(SILENT_SECONDS);
    assertEquals("3 before after heard it", bash(script).orThrow().out().strip());
  }

  /** From one process: three hundred clients' starts would be what takes its time. */
  @Test
  void execs_threeHundredAtOnce_eachGetsItsOwnAnswer() {
    String container =
        lab.shell()
            .run("crictl", "ps", "-q", "--label", "io.kubernetes.pod.name=silent")
            .orThrow()
            .out()
            .strip();
    Result result =
        lab.shell()
            .run(
                TIMEOUT,
                "",
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ExecCrowd.class.getName(),
                    lab.shell().environment().get("CONTAINER_RUNTIME_ENDPOINT"),
                    container,
                    Integer.toString(SESSIONS)));
    System.err.print(result.err());
    assertEquals(
        IntStream.rangeClosed(1, SESSIONS)
            .mapToObj(i -> "up answer " + i + ": success\n")
            .collect(Collectors.joining()),
        result.out(),
        result.err());
  }
}
