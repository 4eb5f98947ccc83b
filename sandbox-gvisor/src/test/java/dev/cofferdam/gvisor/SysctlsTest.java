package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernel parameters of a pod, as its containers see them. */
class SysctlsTest extends GvisorFixture {
  private SandboxSpec with(Map<String, String> sysctls) throws Exception {
    SandboxSpec own = sandboxSpec();
    return new SandboxSpec(
        own.id(),
        own.variant(),
        own.directory(),
        own.hostname(),
        own.networkNamespace(),
        own.cgroup(),
        own.resources(),
        sysctls,
        own.sharedProcessNamespace(),
        own.userNamespace());
  }

  @Test
  void parametersThatGvisorHas_areSetForAllContainersOfThePod() throws Exception {
    Sandbox sandbox =
        backend()
            .create(
                with(
                    Map.of(
                        "net.ipv4.ip_local_port_range", "20000 20009",
                        "net.ipv4.tcp_rmem", "4096 16384 65536",
                        "net.ipv4.tcp_sack", "0",
                        "net.ipv4.ip_unprivileged_port_start", "0",
                        "net.ipv4.ping_group_range", "0\t2147483647")),
                soon());
    PipeStdio pipes = pipes();
    Container container =
        sandbox.createContainer(
            containerSpec(
                shell("cd /proc/sys/net/ipv4; cat ip_local_port_range tcp_rmem tcp_sack"),
                pipes.stdio()),
            soon());
    container.start(soon());
    exitOf(container);
    assertEquals("20000 20009\n4096\t16384\t65536\n0\n", pipes.output() + pipes.errors());
  }

  @Test
  void value_thatTheSentryDoesNotTake_isRefusedAndLeavesNoSandbox() throws Exception {
    SandboxSpec spec = with(Map.of("net.ipv4.ip_local_port_range", "1 99999"));
    SandboxException refusal =
        assertThrows(SandboxException.class, () -> backend().create(spec, soon()));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code(), refusal.getMessage());
    assertTrue(
        String.valueOf(refusal.getMessage())
            .contains("\"1 99999\" for the kernel parameter net.ipv4.ip_local_port_range"),
        refusal.getMessage());
    assertEquals(Optional.empty(), backend().find(spec, soon()));
  }

  @ParameterizedTest
  @CsvSource({
    "kernel.shm_rmid_forced, 1, cannot be set in gVisor",
    "net.ipv4.ip_forward, 1, cannot be set in gVisor",
    "net.core.somaxconn, 4096, cannot be set in gVisor",
    "net.ipv4.ip_unprivileged_port_start, 80, is always \"0\" in gVisor",
  })
  void parameter_thatGvisorLacks_isRefusedInOneSentence(String name, String value, String why)
      throws Exception {
    SandboxSpec spec = with(Map.of(name, value));
    SandboxException refusal =
        assertThrows(SandboxException.class, () -> backend().create(spec, soon()));
    assertEquals(ErrorCode.UNSUPPORTED, refusal.code());
    assertEquals(
        "the kernel parameter " + name + " " + why + ": leave it out", refusal.getMessage());
  }
}
