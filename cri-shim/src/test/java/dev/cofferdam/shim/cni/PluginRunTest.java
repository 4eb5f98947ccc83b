package dev.cofferdam.shim.cni;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PluginRunTest {
  private static final int MANY = 20;

  @TempDir Path folder;

  @Test
  void outputAndErrors_areToldApart() throws IOException {
    PluginRun run = run(plugin("echo printed; echo complained >&2; exit 3"));
    assertEquals(new PluginRun(3, "printed\n", "complained"), run);
  }

  /** Threads that carry virtual ones are few: with all of them at a read, the shim stands still. */
  @Test
  void manyThatTakeTheirTime_holdUpNoCarrierThreads() throws Exception {
    Path plugin = plugin("touch at.$$; while [ ! -e go ]; do sleep 0.1; done; echo done");
    long before = carriers();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<PluginRun>> runs = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        runs.add(threads.submit(() -> run(plugin)));
      }
      await().atMost(Duration.ofSeconds(40)).until(() -> started() == MANY);
      long more = carriers() - before;
      Files.createFile(folder.resolve("go"));
      for (Future<PluginRun> run : runs) {
        assertEquals("done\n", run.get().output());
      }
      assertTrue(more < MANY, more + " threads more");
    }
  }

  private static PluginRun run(Path plugin) {
    return PluginRun.execute(
        plugin, Map.of(), new byte[] {'{', '}'}, Deadline.after(Duration.ofSeconds(50)));
  }

  private Path plugin(String body) throws IOException {
    Path file = folder.resolve("plugin");
    Files.writeString(file, "#!/bin/sh\ncd " + folder + "\ncat > /dev/null\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private long started() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> String.valueOf(file.getFileName()).startsWith("at.")).count();
    }
  }

  private static long carriers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("ForkJoinPool-1-worker"))
        .count();
  }
}
