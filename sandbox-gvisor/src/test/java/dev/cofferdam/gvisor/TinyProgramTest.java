package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs are written by hand: here they run on the host's kernel. */
class TinyProgramTest {

  @Test
  void witness_onHost_printsHostKernelVersion(@TempDir Path folder) throws Exception {
    TinyProgram.witness().install(folder.resolve("root"));
    Process process = new ProcessBuilder(folder.resolve("root/witness").toString()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    assertTrue(output.startsWith(Files.readString(Path.of("/proc/version"))), output);
  }

  @Test
  void pause_terminated_exitsWithZero(@TempDir Path folder) throws Exception {
    TinyProgram.pause().install(folder.resolve("root"));
    Process process = new ProcessBuilder(folder.resolve("root/pause").toString()).start();
    assertTrue(!process.waitFor(300, TimeUnit.MILLISECONDS), "it ended by itself");
    process.destroy();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS), "it does not end on SIGTERM");
    assertEquals(0, process.exitValue());
  }

  @Test
  void install_twice_leavesOneFile(@TempDir Path folder) throws Exception {
    Path root = folder.resolve("root");
    TinyProgram.pause().install(root);
    TinyProgram.pause().install(root);
    try (var files = Files.list(root)) {
      assertEquals(1, files.count());
    }
  }
}
