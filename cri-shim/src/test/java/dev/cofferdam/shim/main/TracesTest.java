package dev.cofferdam.shim.main;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CallObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tracing.endpoint, 127.0.0.1:4317",
    "tracing.endpoint, ftp://127.0.0.1:4317",
    "tracing.endpoint, http://127.0.0.1",
    "tracing.endpoint, http:// 127.0.0.1:1",
    "tracing.samples-per-million, 1000001",
    "tracing.samples-per-million, -1",
  })
  void setting_thatIsNone_isRefusedByItsKey(String key, String value) {
    try (Closeables parts = new Closeables()) {
      Settings settings = Settings.read(Optional.empty(), Map.of(key, value));
      SandboxException refusal =
          assertThrows(
              SandboxException.class,
              () -> Traces.beside(CallObserver.NOBODY, settings, "node", parts));
      assertTrue(
          String.valueOf(refusal.getMessage()).startsWith("setting '" + key + "' is '" + value),
          refusal.getMessage());
    }
  }

  /** The training of the AOT cache runs two shims with the settings that everybody has. */
  @Test
  void off_noClassOfOpenTelemetryIsLoaded() throws IOException, InterruptedException {
    Path loaded = folder.resolve("loaded");
    Path output = folder.resolve("output");
    Process shim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + loaded,
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.cofferdam.shim.cli.Cofferdam",
                "warm-up")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertTrue(shim.waitFor(10, TimeUnit.MINUTES));
    assertEquals(0, shim.exitValue(), () -> read(output));

    List<String> classes = Files.readAllLines(loaded);
    assertTrue(
        classes.stream().anyMatch(line -> line.contains(" dev.cofferdam.shim.main.Traces ")));
    assertEquals(
        List.of(),
        classes.stream()
            .filter(
                line ->
                    line.contains(" io.opentelemetry.")
                        || line.contains(" dev.cofferdam.shim.trace."))
            .toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
