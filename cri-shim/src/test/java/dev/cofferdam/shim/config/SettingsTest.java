package dev.cofferdam.shim.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  @TempDir Path folder;

  @Test
  void setting_nowhereSet_hasItsDefault() throws IOException {
    Settings settings = read("", Map.of());
    assertEquals(Path.of("/run/cofferdam/cri.sock"), settings.path(Setting.SOCKET));
    assertEquals(Duration.ofSeconds(5), settings.duration(Setting.STOP_TIMEOUT));
  }

  @Test
  void everySetting_default_parses() throws IOException {
    Settings settings = read("", Map.of());
    for (Setting setting : Setting.values()) {
      assertEquals(setting.defaultValue(), settings.string(setting));
    }
  }

  @Test
  void setting_inFileAndFlag_isTheFlags() throws IOException {
    Settings settings =
        read("socket = /file.sock \nstop-timeout=PT1S", Map.of("socket", "/flag.sock"));
    assertEquals(Path.of("/flag.sock"), settings.path(Setting.SOCKET));
    assertEquals(Duration.ofSeconds(1), settings.duration(Setting.STOP_TIMEOUT));
  }

  @Test
  void unknownKey_inFile_isRefusedByName() {
    assertRefused(() -> read("sokcet=/x", Map.of()), "'sokcet'");
  }

  @Test
  void unknownKey_inFlag_isRefusedByName() {
    assertRefused(() -> read("", Map.of("sokcet", "/x")), "'sokcet'");
  }

  @Test
  void value_ofTheWrongKind_isRefusedByNameAndKind() throws IOException {
    Settings settings =
        read("", Map.of("stop-timeout", "5", "socket", "relative", "front.max-own-calls", "0"));
    assertRefused(() -> settings.duration(Setting.STOP_TIMEOUT), "'stop-timeout' is '5'");
    assertRefused(() -> settings.path(Setting.SOCKET), "not an absolute path");
    assertRefused(() -> settings.number(Setting.MAX_OWN_CALLS), "not a number above 0");
  }

  @Test
  void file_namedAndMissing_isRefused() {
    assertRefused(
        () -> Settings.read(Optional.of(folder.resolve("none")), Map.of()), "does not exist");
  }

  @Test
  void backendSection_keys_reachThatBackend() throws IOException {
    Settings settings = read("backend.gvisor.runsc=/usr/bin/runsc\nbackend.x.a.b=c", Map.of());
    assertEquals(
        Map.of("gvisor", Map.of("runsc", "/usr/bin/runsc"), "x", Map.of("a.b", "c")),
        settings.backends());
  }

  @Test
  void documentation_ofEverySetting_namesKeyAndDefault() throws IOException {
    String page = Files.readString(Path.of("../docs/configuration.md"));
    for (Setting setting : Setting.values()) {
      String row = "| `%s` | ".formatted(setting.key());
      assertTrue(page.contains(row), "docs/configuration.md lacks " + setting.key());
      assertTrue(
          setting.defaultValue().isEmpty()
              || page.contains(row + "`%s` |".formatted(setting.defaultValue())),
          "docs/configuration.md has another default of " + setting.key());
    }
  }

  private Settings read(String file, Map<String, String> flags) throws IOException {
    Path path = Files.writeString(folder.resolve("config.properties"), file);
    return Settings.read(Optional.of(path), flags);
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static void assertRefused(Reading reading, String words) {
    SandboxException refusal = assertThrows(SandboxException.class, reading::run);
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code());
    assertTrue(String.valueOf(refusal.getMessage()).contains(words), refusal.getMessage());
  }
}
