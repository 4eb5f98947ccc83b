package dev.cofferdam.shim.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import dev.cofferdam.shim.logging.Log;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The node's settings, as a person or a program got them wrong. */
@SuppressWarnings("NullAway.Init") // made before the first property
class SettingsFuzz {
  private static final List<Function<Settings, Object>> READERS =
      List.of(
          settings -> settings.path(Setting.SOCKET),
          settings -> settings.paths(Setting.CNI_PLUGIN_FOLDERS),
          settings -> settings.port(Setting.STREAMING_PORT),
          settings -> settings.flag(Setting.CNI_POD_ADDRESSES),
          settings -> settings.number(Setting.MAX_OWN_CALLS),
          settings -> settings.upTo(Setting.TRACING_SAMPLES, 1_000_000),
          settings -> settings.duration(Setting.STOP_TIMEOUT),
          settings -> settings.choice(Setting.LOG_FORMAT, Log.Format.class),
          settings -> settings.optional(Setting.METRICS_ADDRESS),
          Settings::backends);

  private static Path file;

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("settings", ".properties");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  @Provide
  Arbitrary<byte[]> files() {
    return Mutations.of(
        """
        # comment
        socket = /run/cri.sock
        cni.plugin-folders: /opt/cni/bin:\\
          /usr/lib/cni
        streaming.port=10250
        cni.pod-addresses=true
        front.max-own-calls=512
        tracing.samples-per-million=10
        stop-timeout=PT5S
        log.format=json
        backend.gvisor.runsc=/usr/bin/\\u0072unsc
        """);
  }

  @Provide
  Arbitrary<byte[]> values() {
    return Mutations.of("/run/a", "PT5S", "512", "true", "json", "127.0.0.1:1", "/a:/b");
  }

  @Fuzz
  void file_isReadOrRefusedByKey(@ForAll("files") byte[] text) throws IOException {
    Files.write(file, text);
    Settings settings;
    try {
      settings = Settings.read(Optional.of(file), Map.of());
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains(file.toString()), e.getMessage());
      return;
    }
    READERS.forEach(reader -> read(settings, reader));
  }

  @Fuzz
  void value_isReadOrRefusedByItsKey(@ForAll("values") byte[] value) {
    String text = new String(value, StandardCharsets.ISO_8859_1);
    for (Setting setting : Setting.values()) {
      Settings settings = Settings.read(Optional.empty(), Map.of(setting.key(), text));
      READERS.forEach(reader -> read(settings, reader));
    }
  }

  private static void read(Settings settings, Function<Settings, Object> reader) {
    try {
      assertNotNull(reader.apply(settings));
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      assertTrue(String.valueOf(e.getMessage()).startsWith("setting '"), e.getMessage());
    }
  }
}
