package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract on QEMU with KVM. Where {@code /dev/kvm} is there and hangs nothing of it would end,
 * so it runs where it is told to: in the lab's virtual machine, by {@code dev/test kvm}.
 */
@EnabledIfSystemProperty(named = "cofferdam.kvm", matches = "true")
class KvmContractTest extends MicroVmContract {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  @Override
  protected String variant() {
    return "qemu";
  }

  /** The node may run the same kernel as its guests: they differ in their boots. */
  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    assertTrue(kernelVersion.startsWith("Linux version "), kernelVersion);
    String bootId = printed("cat " + BOOT_ID);
    assertEquals(Files.readString(BOOT_ID).length(), bootId.length(), bootId);
    assertNotEquals(Files.readString(BOOT_ID), bootId);
  }

  /** The kernel has this clock only below KVM. */
  @Test
  void canary_guest_runsOnKvm() throws Exception {
    String clocks =
        printed("cat /sys/devices/system/clocksource/clocksource0/available_clocksource");
    assertTrue(clocks.contains("kvm-clock"), clocks);
  }

  private String printed(String script) throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox().createContainer(containerSpec(shell(script), pipes.stdio()), enoughToStart());
    container.start(enoughToStart());
    assertEquals(0, exitOf(container).code());
    return pipes.output();
  }
}
