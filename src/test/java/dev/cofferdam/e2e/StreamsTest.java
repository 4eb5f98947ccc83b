package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sessions that say nothing for long, and many at once; more of both with {@code --long}. */
@EndToEnd
class StreamsTest {
  private static final boolean LONG = Boolean.getBoolean("cofferdam.long");
  private static final int SILENT_SECONDS = LONG ? 330 : 15;
  private static final int SESSIONS = LONG ? 300 : 100;
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

  @Test
  void execs_manyAtOnce_eachGetsItsOwnAnswer() {
    // All sessions are open before the first ends: they wait for one FIFO. Their clients begin some
    // at a time, or they would leave the shim no processor for as long as crictl waits for it.
    String script =
        """
        id=$(crictl ps -q --label io.kubernetes.pod.name=silent)
        crictl exec "$id" mkfifo /tmp/go
        for i in $(seq %1$d); do
          crictl --timeout 300s exec "$id" sh -c "echo up; read x < /tmp/go; echo answer $i" > "$i.out" 2> "$i.err" &
          if [ $((i %% 20)) = 0 ] || [ "$i" = %1$d ]; then
            for try in $(seq 600); do
              [ "$(grep -lx up ./*.out | wc -l)" -lt "$i" ] || break
              sleep 0.1
            done
          fi
        done
        crictl exec "$id" sh -c 'sleep 3 > /tmp/go'
        wait
        cat *.err >&2
        grep -h answer *.out | sort -V
        """
            .formatted(SESSIONS);
    Result result = bash(script);
    assertEquals(
        IntStream.rangeClosed(1, SESSIONS)
            .mapToObj(i -> "answer " + i + "\n")
            .collect(Collectors.joining()),
        result.out(),
        result.err());
  }
}
