package dev.cofferdam.gvisor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of all memory brakes once this process ends, however it does: a workload that sleeps at
 * its limit would sleep until the next shim. One shell for all sandboxes, as long as there are
 * brakes, waits for the end of a pipe that only we hold open; what it has to do is in files below
 * the runtime directory. Thread-safe.
 */
final class BrakeGuard {
  private static final Logger LOG = LoggerFactory.getLogger(BrakeGuard.class);

  /** In a sandbox's folder: names its workload's cgroup. */
  static final String RECORD = "workload-cgroup";

  /** First the limit, which wakes whoever sleeps. */
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      read -r _
      for each in "$1"/*/%s; do
        read -r folder < "$each" || continue
        echo -1 > "$folder/memory.limit_in_bytes"
        echo 0 > "$folder/memory.oom_control"
      done
      """
          .formatted(RECORD);

  private final Path runtimeDirectory;
  private final Set<MemoryBrake> brakes = new HashSet<>();
  private @Nullable Process shell;

  BrakeGuard(Path runtimeDirectory) {
    this.runtimeDirectory = runtimeDirectory;
  }

  /** To be called before a brake is set, and now and then while it is. */
  synchronized void watch(MemoryBrake brake) throws IOException {
    brakes.add(brake);
    if (shell != null && shell.isAlive()) {
      return;
    }
    if (shell != null) {
      LOG.warn("the guard of the memory brakes, process {}, ended: another one", shell.pid());
    }
    shell = start();
  }

  /** The brake has been let go. Without any the shell is not needed. */
  synchronized void leave(MemoryBrake brake) {
    brakes.remove(brake);
    if (brakes.isEmpty() && shell != null) {
      shell.destroyForcibly(); // a closed pipe would have it let go of what comes next
      shell = null;
    }
  }

  Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "/bin/sh", "-c", SCRIPT, "cofferdam-brake-guard", runtimeDirectory.toString());
    builder.directory(Path.of("/").toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }
}
