package dev.cofferdam.shim.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.linux.Signals;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.keeper.KeeperProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A shim that pumps is killed again and again, at any moment, while a container writes. */
@Timeout(600)
class KillTest {
  /** {@code dev/test --long} has the time for more. */
  private static final int ROUNDS = Boolean.getBoolean("cofferdam.long") ? 30 : 6;

  @TempDir Path dir;

  @AfterEach
  void stop() {
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
  }

  /** What the killed process runs: adopts the container and pumps until it is killed. */
  public static void main(String[] args) throws Exception {
    Path dir = Path.of(args[0]);
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    ContainerLogs logs = ContainerLogs.start(keeper);
    logs.adopt("c1", dir.resolve("run"), Optional.of(dir.resolve("0.log")), false, false);
    Files.writeString(dir.resolve("ready"), "");
    Thread.sleep(Duration.ofMinutes(5));
  }

  private Process shim() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(KillTest.class.getName(), dir.toString()));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(dir.resolve("shim.err").toFile())
        .start();
  }

  @Test
  void adopt_killedAtRandomMoments_everyLineIsInTheLogOnce() throws Exception {
    Path run = Files.createDirectory(dir.resolve("run"));
    Path log = dir.resolve("0.log");
    Keeper keeper = KeeperProcess.at(dir.resolve("keeper.sock"));
    Process writer;
    try (ContainerLogs first = ContainerLogs.start(keeper)) {
      Stdio stdio = first.open("c1", run, Optional.of(log), false, false);
      // About as fast as the pump, so that a kill mostly hits it at work.
      String script =
          "i=0; while [ ! -e "
              + dir
              + "/stop ]; do seq $i $((i+4999)); i=$((i+5000)); done; echo end $i";
      writer =
          new ProcessBuilder("sh", "-c", script)
              .redirectOutput(stdio.stdout().orElseThrow().toFile())
              .redirectError(stdio.stderr().orElseThrow().toFile())
              .start();
    }
    Random random = new Random(42);
    for (int round = 0; round < ROUNDS; round++) {
      Process shim = shim();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Files.exists(dir.resolve("ready")));
      Files.delete(dir.resolve("ready"));
      TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
      Signals.send(shim.pid(), Signals.SIGKILL);
      shim.waitFor();
      if (round == ROUNDS / 2) {
        Files.move(log, log.resolveSibling("0.log.rotated"));
      }
    }
    Files.createFile(dir.resolve("stop"));
    try (ContainerLogs last = ContainerLogs.start(keeper)) {
      last.adopt("c1", run, Optional.of(log), false, false);
      writer.waitFor();
      last.finish("c1");
    }
    Counted counted = new Counted();
    counted.read(log.resolveSibling("0.log.rotated"));
    counted.read(log);
    assertEquals("stdout F end " + counted.next, counted.other);
  }

  /** Follows the numbers through gigabytes of log without keeping them. */
  private static final class Counted {
    private long next;
    private String other = "no line but numbers";

    /** Stops at the first line that is not the next number. */
    void read(Path log) throws IOException {
      try (BufferedReader lines = Files.newBufferedReader(log)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          String text = line.substring(Math.min(line.length(), 31));
          if (!text.equals("stdout F " + next)) {
            other = text;
            return;
          }
          next++;
        }
      }
    }
  }
}
