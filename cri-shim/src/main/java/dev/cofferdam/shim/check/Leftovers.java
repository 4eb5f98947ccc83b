package dev.cofferdam.shim.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cgroup.PodCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a pod that was removed may not leave on its node. */
record Leftovers(PodCgroups cgroups) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /**
   * Waits until nothing is left: what was killed takes a moment to be gone.
   *
   * @param info what the shim said of the pod while it ran
   * @throws SandboxException PROGRAM_FAILED naming what is there
   */
  void refuse(String id, JsonNode info) throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(PATIENCE);
    List<String> left = left(id, info);
    while (!left.isEmpty() && !deadline.passed()) {
      Thread.sleep(POLL);
      left = left(id, info);
    }
    if (!left.isEmpty()) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED, "the pod was removed and left " + String.join(", ", left));
    }
  }

  private List<String> left(String id, JsonNode info) throws IOException {
    List<String> left = new ArrayList<>();
    long process = info.path("wall").path("pid").asLong();
    // Of a pod that is gone nobody else can have the process by now.
    if (process > 0 && Files.exists(Path.of("/proc/" + process))) {
      left.add("process " + process);
    }
    Path network = Path.of(info.path("networkNamespace").asText("/none"));
    if (Files.exists(network)) {
      left.add("network namespace " + network);
    }
    cgroups.find(id).forEach(path -> left.add("cgroup " + path));
    Files.readString(MOUNTS)
        .lines()
        .filter(line -> line.contains(id))
        .forEach(line -> left.add("mount " + line));
    return left;
  }
}
