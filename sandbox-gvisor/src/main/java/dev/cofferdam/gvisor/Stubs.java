package dev.cofferdam.gvisor;

import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host processes in which the sentry runs its workload. Each is cloned from another, so that
 * those to come are born in the cgroup to which the first ones were moved.
 */
final class Stubs {
  private static final Logger LOG = LoggerFactory.getLogger(Stubs.class);
  private static final String PROCESSES = "cgroup.procs";

  private Stubs() {}

  /** Moves those of a cgroup into another one of the same hierarchy. */
  static void move(Path from, Path to) throws IOException {
    for (String pid : Files.readAllLines(from.resolve(PROCESSES))) {
      if (isStub(pid)) {
        try {
          Files.writeString(to.resolve(PROCESSES), pid, WRITE);
        } catch (IOException e) {
          LOG.debug("stub {} is left where it is: {}", pid, e.getMessage()); // it has ended
        }
      }
    }
  }

  /** A stub has unmapped what it was started with; a runsc never has. */
  private static boolean isStub(String pid) {
    try {
      return Files.readAllBytes(Path.of("/proc", pid, "cmdline")).length == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
