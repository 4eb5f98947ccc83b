package dev.cofferdam.shim.install.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemdTest {
  @ParameterizedTest
  @CsvSource({
    "active, 0, false",
    "activating, 1, false",
    "active, 2, true",
    "activating, 12, true",
    "failed, 0, true",
  })
  void keepsEnding_ofAUnitsState(String state, String restarts, boolean keepsEnding) {
    assertEquals(
        keepsEnding,
        Systemd.keepsEnding("NRestarts=" + restarts + "\nActiveState=" + state + "\n"));
  }
}
