package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Settings that narrow what a container may do, as seen from inside and on the host. */
class GvisorIsolationTest extends GvisorFixture {
  private static final String PROFILE =
      """
      {"defaultAction": "SCMP_ACT_ALLOW",
       "syscalls": [
         {"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO"},
         {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
      """;

  private String outputOf(ContainerSpec spec, PipeStdio pipes) throws Exception {
    Container container = newSandbox().createContainer(spec, soon());
    container.start(soon());
    exitOf(container);
    return pipes.output() + pipes.errors();
  }

  private ContainerSpec withSeccomp(ContainerSpec spec, String profile) throws Exception {
    Path file = Files.writeString(spec.directory().resolve("seccomp.json"), profile);
    return changed(spec, List.of(), List.of(), Optional.of(file));
  }

  private static ContainerSpec changed(
      ContainerSpec spec, List<String> masked, List<String> readOnly, Optional<Path> seccomp) {
    return new ContainerSpec(
        spec.id(),
        spec.name(),
        spec.directory(),
        spec.rootFilesystem(),
        spec.readOnlyRoot(),
        spec.mounts(),
        spec.process(),
        spec.resources(),
        spec.stdio(),
        masked,
        readOnly,
        spec.privileged(),
        seccomp);
  }

  @Test
  void seccomp_callsThatTheProfileBars_failWithItsErrors() throws Exception {
    PipeStdio pipes = pipes();
    String script =
        "/bin/busybox chmod 700 /; /bin/busybox mkdir /x;"
            + " /bin/busybox grep Seccomp: /proc/self/status";
    String output =
        outputOf(withSeccomp(containerSpec(shell(script), pipes.stdio()), PROFILE), pipes);
    assertTrue(output.contains("/: Operation not permitted"), output);
    assertTrue(output.contains("Function not implemented"), output);
    assertTrue(output.matches("(?s).*Seccomp:\\s+2\\n.*"), output);
  }

  @Test
  void seccomp_errorThatGvisorCannotGive_isRefusedByNumber() throws Exception {
    ContainerSpec spec =
        withSeccomp(
            containerSpec(shell("true"), Stdio.NONE),
            PROFILE.replace("\"errnoRet\": 38", "\"errnoRet\": 22"));
    Sandbox sandbox = newSandbox();
    String message =
        assertRefused(ErrorCode.UNSUPPORTED, () -> sandbox.createContainer(spec, soon()));
    assertTrue(message.contains("mkdir") && message.contains("22"), message);
  }

  @Test
  void readOnlyMount_isReadOnlyWithoutWhatIsMountedBelow_unlessRecursive() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume")).toRealPath();
    Path below = Files.createDirectory(volume.resolve("below it"));
    Mounts.mount("tmpfs", below, "tmpfs", 0, "");
    try {
      PipeStdio pipes = pipes();
      List<MountSpec> mounts = List.of(readOnly(volume, "/v", false), readOnly(volume, "/r", true));
      String script =
          "for f in '/v/f' '/v/below it/f' '/r/f' '/r/below it/f';"
              + " do echo x 2> /dev/null > \"$f\" && echo \"wrote $f\"; done; exit 0";
      String output = outputOf(containerSpec(shell(script), pipes.stdio(), mounts), pipes);
      List<String> wrote = output.lines().filter(line -> line.startsWith("wrote")).toList();
      assertEquals(List.of("wrote /v/below it/f"), wrote, output);
    } finally {
      Mounts.unmount(below, true);
    }
  }

  private static MountSpec readOnly(Path source, String destination, boolean recursive) {
    return new MountSpec(
        MountSpec.Kind.BIND,
        destination,
        source.toString(),
        true,
        recursive,
        MountSpec.Propagation.PRIVATE,
        List.of());
  }

  @Test
  void maskedAndReadOnlyPaths_inAVolume_areCovered() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume")).toRealPath();
    Files.writeString(volume.resolve("secret"), "told\n");
    Files.createDirectory(volume.resolve("kept"));
    PipeStdio pipes = pipes();
    String script = "cat /v/secret; echo > /v/kept/f; echo > /v/f && echo wrote";
    ContainerSpec spec =
        changed(
            containerSpec(
                shell(script),
                pipes.stdio(),
                List.of(MountSpec.bind(volume.toString(), "/v", false))),
            List.of("/v/secret", "/v/not-there"),
            List.of("/v/kept"),
            Optional.empty());
    String output = outputOf(spec, pipes);
    assertTrue(!output.contains("told") && output.contains("wrote"), output);
    assertTrue(output.contains("Read-only file system"), output);
  }

  @Test
  void userNamespace_sentryIsNobodyOnTheHost_andFilesStayThePods() throws Exception {
    SandboxSpec own = sandboxSpec();
    SandboxSpec spec =
        new SandboxSpec(
            own.id(),
            own.variant(),
            own.directory(),
            own.hostname(),
            own.networkNamespace(),
            own.cgroup(),
            own.resources(),
            own.sysctls(),
            own.sharedProcessNamespace(),
            true);
    Sandbox sandbox = backend().create(spec, soon());
    Path volume = Files.createDirectory(folder.resolve("volume")).toRealPath();
    PipeStdio pipes = pipes();
    Container container =
        sandbox.createContainer(
            containerSpec(
                shell("id -u; : > /v/file"),
                pipes.stdio(),
                List.of(MountSpec.bind(volume.toString(), "/v", false))),
            soon());
    container.start(soon());
    exitOf(container);
    assertEquals("0\n", pipes.output() + pipes.errors());
    assertEquals(0, Files.getAttribute(volume.resolve("file"), "unix:uid"));
    Path sentry = Path.of("/proc", Long.toString(sandbox.pid()));
    assertEquals(65534, Files.getAttribute(sentry, "unix:uid"));
    assertNotEquals(
        Files.readSymbolicLink(Path.of("/proc/self/ns/user")),
        Files.readSymbolicLink(sentry.resolve("ns/user")));
  }
}
