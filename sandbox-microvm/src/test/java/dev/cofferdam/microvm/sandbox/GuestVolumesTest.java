package dev.cofferdam.microvm.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.GuestLoop;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shim finds of the file service that its predecessor started. */
class GuestVolumesTest {
  @TempDir Path folder;

  private final List<Long> watched = new ArrayList<>();
  private final AtomicInteger lost = new AtomicInteger();

  private void takeUp() {
    MachineFolder machine = new MachineFolder(folder, folder, "cofferdam-s");
    SandboxSpec spec =
        new SandboxSpec(
            "s",
            "qemu",
            folder,
            "pod",
            Optional.empty(),
            Optional.empty(),
            Resources.UNLIMITED,
            Map.of(),
            false,
            false);
    try (GuestClient guest = new GuestClient(new GuestLoop(), folder.resolve("v"), () -> true)) {
      new GuestVolumes(spec, folder.resolve("program"), machine, 1, guest, watched::add)
          .takeUp(lost::incrementAndGet);
    }
  }

  @Test
  void takeUp_whereNoneWasStarted_isNothing() {
    takeUp();
    assertEquals(List.of(), watched);
    assertEquals(0, lost.get());
  }

  @Test
  void takeUp_whereItRuns_watchesIt() throws Exception {
    Path control = Files.createFile(folder.resolve("files.sock"));
    // Reads from a pipe that nobody writes to.
    Process service =
        new ProcessBuilder("/bin/sh", "-c", "read line", "--control", control.toString()).start();
    try {
      takeUp();
      assertEquals(List.of(service.pid()), watched);
      assertEquals(0, lost.get());
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  @Test
  void takeUp_whereItEndedWhileNobodyLooked_saysSo() throws Exception {
    Files.createFile(folder.resolve("files.sock"));
    takeUp();
    assertEquals(List.of(), watched);
    assertEquals(1, lost.get());
  }
}
