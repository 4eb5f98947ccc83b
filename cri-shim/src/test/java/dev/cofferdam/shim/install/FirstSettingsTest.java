package dev.cofferdam.shim.install;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstSettingsTest {
  private static final Path CONTAINERD = Path.of("/run/containerd/containerd.sock");

  @Test
  void text_forAUsualMachine_leavesDeadlinesToTheirDefaults() {
    assertEquals(
        """
        # Written by `cofferdam node install`; see docs/configuration.md.
        containerd.socket=/run/containerd/containerd.sock
        """,
        FirstSettings.text(CONTAINERD, 1, Map.of()));
  }

  @Test
  void text_forASlowMachine_givesTheShimsDeadlinesTheSamePatience() {
    assertEquals(
        """
        # Written by `cofferdam node install`; see docs/configuration.md.
        containerd.socket=/run/containerd/containerd.sock
        # By --patience 4:
        keeper.timeout=PT20S
        cni.plugin-timeout=PT2M
        probe.timeout=PT4M
        check.timeout=PT12M
        hand-over.timeout=PT4M
        """,
        FirstSettings.text(CONTAINERD, 4, Map.of()));
  }

  @Test
  void text_withChosenSettings_hasThemInPlaceOfItsOwn() {
    assertEquals(
        """
        # Written by `cofferdam node install`; see docs/configuration.md.
        containerd.socket=/run/containerd/containerd.sock
        # By --patience 4:
        keeper.timeout=PT20S
        cni.plugin-timeout=PT2M
        check.timeout=PT12M
        hand-over.timeout=PT4M
        # By --setting:
        backend.gvisor.runsc=/usr/local/bin/runsc
        probe.timeout=PT9M
        """,
        FirstSettings.text(
            CONTAINERD,
            4,
            Map.of("probe.timeout", "PT9M", "backend.gvisor.runsc", "/usr/local/bin/runsc")));
  }
}
