package dev.cofferdam.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Footprint;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Shim, containerd, keeper, sentries, gofers, runsc and CNI plugins are killed with SIGKILL at
 * random instants of random calls. Set {@code cofferdam.chaos.seed} for other choices than the
 * usual ones, {@code cofferdam.chaos.kills} for another number than 100, and {@code
 * cofferdam.chaos.microvm} for microVMs: then monitors, vsock devices and file services are
 * victims.
 */
@Tag("chaos")
class ChaosTest {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();
  private static final int KILLS = Integer.getInteger("cofferdam.chaos.kills", 100);
  private static final Wall WALL =
      Boolean.getBoolean("cofferdam.chaos.microvm") ? Wall.MICROVM : Wall.GVISOR;
  private static final long SEED = Long.getLong("cofferdam.chaos.seed", 1);

  /** The sweeps of shim and containerd finish in the background. */
  private static final Duration CLEAN_TIMEOUT = Duration.ofMinutes(2);

  @Test
  void randomKills_duringRandomCalls_podsLiveOrSayWhy_andNothingIsLeft() throws Exception {
    System.err.printf("chaos: %s, seed %d, %d kills%n", WALL.handler(), SEED, KILLS);
    LabOptions options =
        new LabOptions(
            System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
            REPOSITORY,
            NodeRuntime.SHIM,
            false);
    Lab lab = new Lab(WALL.with(options), new Progress(System.err));
    lab.down();
    lab.up();
    try (Cri cri = new Cri(lab.seenAs("run/cofferdam/cri.sock"))) {
      WALL.prepare(lab);
      var _ = lab.shell().run("crictl", "pull", "cofferdam/lines").orThrow();
      Chaos chaos = new Chaos(lab, cri, WALL);
      chaos.warmUp();
      Footprint before = Footprint.of(lab);

      Evidence.note("seed " + SEED);
      chaos.begin();
      for (Round round : Round.all(SEED, KILLS, Chaos.SLOTS, WALL.targets())) {
        Evidence.note(round.toString());
        try {
          chaos.run(round);
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("seed %d, %s: %s".formatted(SEED, round, e.getMessage()), e);
        }
      }
      long lines = chaos.end();

      System.err.printf("chaos: %s; %d numbered lines%n", chaos.tally(), lines);
      assertTrue(lines > 0);
      Awaitility.await("nothing is left, seed " + SEED)
          .atMost(CLEAN_TIMEOUT)
          .untilAsserted(() -> assertEquals(List.of(), Footprint.of(lab).differencesFrom(before)));
    } catch (Throwable failure) {
      Evidence.note("failed: " + failure.getMessage());
      throw failure;
    } finally {
      Evidence.keep(lab);
      lab.down();
    }
  }
}
