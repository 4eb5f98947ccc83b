package dev.cofferdam.shim.cni;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * A variable in the environment of one run of a plugin, by which all that it started is found
 * again: children leave the process group, lose their parent and change their name, but inherit it.
 */
record RunMark(String value) {
  static final String VARIABLE = "COFFERDAM_CNI_RUN";

  /** A process that starts others while it is looked for is found the next time. */
  private static final int ROUNDS = 100;

  static RunMark random() {
    return new RunMark(UUID.randomUUID().toString());
  }

  /** Kills all processes that have it. */
  void endAll() {
    PluginProcesses processes = new PluginProcesses(Path.of("/proc"));
    try {
      for (int round = 0; round < ROUNDS; round++) {
        List<Long> left = processes.having(VARIABLE + "=" + value);
        if (left.isEmpty()) {
          return;
        }
        left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      }
    } catch (IOException e) {
      // Without /proc nothing could be found, nor anything else on this node be done.
    }
  }
}
