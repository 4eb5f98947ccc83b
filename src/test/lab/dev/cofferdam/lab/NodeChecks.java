package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/** The checks that the shim makes of its node, as somebody beside it sees them. */
public final class NodeChecks {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final String FOLDER = "/run/cofferdam/check";
  private static final String USUAL = "gvisor/systrap";

  private final LabShell shell;
  private final Function<String, Path> seenAs;

  NodeChecks(LabShell shell, Function<String, Path> seenAs) {
    this.shell = shell;
    this.seenAs = seenAs;
  }

  /** Waits until the API server knows that gVisor works on the node. */
  public void awaitProof(String node) {
    await(node, "{.status.summary.works}", USUAL);
  }

  /** Waits until the API server knows what gVisor costs there, too: the end of the first check. */
  public void awaitOverhead(String node) {
    await(node, "{.status.backends[?(@.variant==\"systrap\")].overhead.memoryBytes}", "");
  }

  private void await(String node, String jsonPath, String part) {
    Await.until(
        TIMEOUT,
        () -> {
          String told =
              shell.run("kubectl", "get", "sbn", node, "-o", "jsonpath=" + jsonPath).out();
          return !told.isBlank() && told.contains(part);
        },
        () -> "SandboxNode " + node + " does not tell " + jsonPath + " " + part);
  }

  /** Does something while no check runs, nor begins. */
  public <T> T without(Supplier<T> act) {
    Path folder = seenAs.apply(FOLDER);
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock _ = channel.lock()) {
        return act.get();
      }
    } catch (IOException e) {
      throw new LabException("could not keep checks away", e);
    }
  }
}
