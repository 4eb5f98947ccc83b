package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeFoldersTest {
  @TempDir Path runtime;

  @Test
  void left_probeAtWork_isNotNamed() {
    ProbeFolders folders = new ProbeFolders(runtime);
    SandboxSpec spec = folders.begin("qemu-emulated");

    assertEquals(List.of(), folders.left());
    folders.done(spec);
    assertEquals(List.of(spec), folders.left());
  }

  @Test
  void left_probeOfAProcessThatWasKilled_isNamed() {
    SandboxSpec spec = new ProbeFolders(runtime).begin("qemu");

    assertEquals(List.of(spec), new ProbeFolders(runtime).left());
  }
}
