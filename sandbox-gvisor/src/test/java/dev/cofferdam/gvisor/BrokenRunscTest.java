package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person is told when runsc is not what it should be, and that nothing stays behind. */
class BrokenRunscTest {
  @TempDir Path folder;

  private Backend backend(String runsc) {
    return new GvisorProvider().open(folder.resolve("run"), Map.of("runsc", runsc));
  }

  private String script(String body) throws Exception {
    Path script = folder.resolve("runsc");
    Files.writeString(script, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script.toString();
  }

  private SandboxSpec spec() throws Exception {
    return new SandboxSpec(
        "0123456789abcdef",
        "systrap",
        Files.createDirectories(folder.resolve("sandbox")),
        "pod",
        Optional.empty(),
        Optional.empty(),
        Resources.UNLIMITED,
        Map.of(),
        false,
        false);
  }

  private SandboxException failure(String runsc, Duration timeout) throws Exception {
    SandboxSpec spec = spec();
    Backend backend = backend(runsc);
    SandboxException e =
        assertThrows(SandboxException.class, () -> backend.create(spec, Deadline.after(timeout)));
    Layout layout = Layout.of(folder.resolve("run"), spec);
    assertFalse(Files.exists(layout.root()), "runsc's state is left");
    assertFalse(Files.exists(layout.bundle()), "the bundle is left");
    assertEquals(List.of(), new HostProcesses(layout.root()).all());
    return e;
  }

  private static void assertSays(SandboxException e, ErrorCode code, String text) {
    assertEquals(code, e.code(), e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).contains(text), e::getMessage);
  }

  @Test
  void create_runscMissing_namesTheSetting() throws Exception {
    SandboxException e = failure("/no/such/runsc", Duration.ofSeconds(10));
    assertSays(e, ErrorCode.PROGRAM_MISSING, "/no/such/runsc");
    assertSays(e, ErrorCode.PROGRAM_MISSING, "setting `runsc`");
  }

  @Test
  void create_runscExitsAtOnce_quotesItsWords() throws Exception {
    SandboxException e =
        failure(script("echo the moon is full >&2; exit 3"), Duration.ofSeconds(10));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "exited with 3");
    assertSays(e, ErrorCode.PROGRAM_FAILED, "the moon is full");
  }

  @Test
  void create_runscDoesNothing_isNotBelieved() throws Exception {
    SandboxException e = failure(script("echo done; exit 0"), Duration.ofSeconds(10));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "no sandbox runs");
  }

  @Test
  void create_runscSaysMuch_isQuotedWithinBounds() throws Exception {
    SandboxException e =
        failure(script("yes 'a long story' | head -100000; exit 1"), Duration.ofSeconds(10));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "a long story");
    assertTrue(String.valueOf(e.getMessage()).length() < 5000);
  }

  @Test
  void create_runscHangs_isKilledWithItsChildren() throws Exception {
    String runsc = script("echo $$ >> " + folder.resolve("pids") + "; sleep 1000 & wait");
    SandboxException e = failure(runsc, Duration.ofSeconds(1));
    assertSays(e, ErrorCode.DEADLINE_EXCEEDED, "has been killed");
    for (String pid : Files.readAllLines(folder.resolve("pids"))) {
      ProcessHandle.of(Long.parseLong(pid)).ifPresent(p -> p.onExit().join());
    }
  }

  @Test
  void create_runscPrintsWithoutEnd_isKilled() throws Exception {
    SandboxException e = failure(script("exec yes"), Duration.ofSeconds(30));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "printed more than");
    assertTrue(Files.size(folder.resolve("sandbox/runsc.out")) < 1 << 20);
  }

  @Test
  void create_runscLogsWithoutEnd_isKilled() throws Exception {
    String log = "for a in \"$@\"; do case $a in --log=*) exec yes > ${a#*=};; esac; done";
    SandboxException e = failure(script(log), Duration.ofSeconds(30));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "printed more than");
  }

  @Test
  void create_runscPrintsGarbage_isQuotedAsText() throws Exception {
    SandboxException e =
        failure(script("head -c 5000 /dev/urandom; exit 255"), Duration.ofSeconds(30));
    assertSays(e, ErrorCode.PROGRAM_FAILED, "exited with 255");
    assertTrue(String.valueOf(e.getMessage()).length() < 5000);
  }

  @Test
  void probe_versionPrintedWithoutEnd_isAResult() throws Exception {
    ProbeResult result = backend(script("exec yes")).probe("systrap", Duration.ofSeconds(30));
    assertFalse(result.works());
    assertTrue(result.detail().contains("printed more than"), result.detail());
  }

  @Test
  void probe_runscMissing_isAResult() {
    ProbeResult result = backend("/no/such/runsc").probe("systrap", Duration.ofSeconds(10));
    assertFalse(result.works());
    assertTrue(result.detail().contains("/no/such/runsc"), result.detail());
  }

  @Test
  void probe_anotherProgram_isNotRunsc() {
    ProbeResult result = backend("/bin/echo").probe("systrap", Duration.ofSeconds(10));
    assertFalse(result.works());
    assertTrue(result.detail().contains("is not runsc"), result.detail());
  }

  @Test
  void probe_runscHangs_timesOut() throws Exception {
    ProbeResult result = backend(script("sleep 1000")).probe("systrap", Duration.ofSeconds(1));
    assertFalse(result.works());
    assertTrue(
        result.detail().matches("boot probe timed out after .* s of 1\\.0: .+"), result.detail());
  }

  @Test
  void open_unknownSetting_isRefusedByName() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> new GvisorProvider().open(folder, Map.of("runsk", "/bin/runsc")));
    assertSays(e, ErrorCode.INVALID_ARGUMENT, "runsk");
  }

  @Test
  void open_unknownWayOfControl_isRefused() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> new GvisorProvider().open(folder, Map.of("control", "magic")));
    assertSays(e, ErrorCode.INVALID_ARGUMENT, "auto, socket or commands");
  }

  @Test
  void create_runtimeDirectoryTooLong_isRefused() {
    Path deep = folder.resolve("x".repeat(80));
    Backend backend = new GvisorProvider().open(deep, Map.of());
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> backend.create(spec(), Deadline.after(Duration.ofSeconds(1))));
    assertSays(e, ErrorCode.INVALID_ARGUMENT, "too long");
  }
}
