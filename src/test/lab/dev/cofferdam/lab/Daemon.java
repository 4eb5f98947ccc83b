package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A long-running program of the lab, known by process ID and start time, so that an ID used again
 * is not mistaken for it.
 *
 * @param startTicks start of the process in clock ticks since boot (proc(5), field 22 of {@code
 *     stat})
 */
record Daemon(String name, long pid, long startTicks, Path log) {
  private static final int SHOWN_LOG_LINES = 25;
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  static Daemon started(String name, long pid, Path log) {
    return new Daemon(name, pid, startTicks(pid).orElse(0L), log);
  }

  boolean alive() {
    return startTicks(pid).filter(ticks -> ticks == startTicks).isPresent();
  }

  /** Waits for readiness; fails at once when the program ends, with the end of its log. */
  void await(Duration timeout, BooleanSupplier ready) {
    boolean held = Await.holds(timeout, () -> !alive() || ready.getAsBoolean());
    if (!alive()) {
      throw new LabException(name + " ended; its log " + log + " closes with:\n" + logTail());
    }
    if (!held) {
      throw new LabException(
          "%s was not ready after %s; its log %s closes with:\n%s"
              .formatted(name, timeout, log, logTail()));
    }
  }

  /** Ends the process, at once or by its own leave, and waits for its end. */
  void end(boolean atOnce) {
    if (!alive()) {
      return;
    }
    ProcessHandle.of(pid).ifPresent(p -> signal(p, atOnce));
    Await.until(END_TIMEOUT, () -> !alive(), () -> name + " (process " + pid + ") did not end");
  }

  private static boolean signal(ProcessHandle process, boolean atOnce) {
    return atOnce ? process.destroyForcibly() : process.destroy();
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - SHOWN_LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e + ")";
    }
  }

  /** The name of a process's program; empty when it is gone. */
  static Optional<String> programName(long pid) {
    try {
      return Optional.of(Files.readString(Path.of("/proc/" + pid + "/comm")).strip());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /** Empty for a process that is gone or only waits to be reaped. */
  static Optional<Long> startTicks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // The second field, the program's name in parentheses, may contain anything.
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      // One whose first thread is dead has its ports and files as long as another one lives.
      boolean over = afterName[0].equals("Z") && Integer.parseInt(afterName[17]) <= 1;
      return over ? Optional.empty() : Optional.of(Long.valueOf(afterName[19]));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
