package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A runsc that answers questions about a running sandbox as none should. Nothing stays behind. */
@Timeout(60)
class BrokenCommandsTest {
  @TempDir Path folder;

  @BeforeEach
  void makeRoot() throws IOException {
    Files.createDirectory(folder.resolve("root"));
  }

  @AfterEach
  void leaveNothing() throws IOException {
    try (Stream<Path> left = Files.list(folder.resolve("root"))) {
      assertEquals(List.of(), left.toList());
    }
    assertEquals(List.of(), new HostProcesses(folder.resolve("root")).all());
  }

  private CommandControl control(String body) throws IOException {
    Path script = folder.resolve("runsc");
    Files.writeString(script, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Layout layout = new Layout(folder.resolve("root"), folder, folder.resolve("pause"));
    Runsc runsc = new Runsc(script.toString(), layout, "systrap", false, false, false);
    return new CommandControl(runsc, new Sentry(new ControlSocket(layout.controlSocket())));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static void assertSays(SandboxException e, ErrorCode code, String text) {
    assertEquals(code, e.code(), e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).contains(text), e::getMessage);
    assertTrue(String.valueOf(e.getMessage()).length() < 5000);
  }

  private static SandboxException processesFail(CommandControl control, Deadline deadline) {
    return assertThrows(SandboxException.class, () -> control.processes("c", deadline));
  }

  @Test
  void processes_garbage_isAnErrorNotAnEmptyList() throws Exception {
    for (String garbage : List.of("echo hello", "true", "echo '[1'", "echo 7")) {
      SandboxException e = processesFail(control(garbage), soon());
      assertSays(e, ErrorCode.PROGRAM_FAILED, "not the JSON it should");
    }
  }

  @Test
  void processes_oddExit_quotesItsWords() throws Exception {
    SandboxException e = processesFail(control("echo no luck today >&2; exit 77"), soon());
    assertSays(e, ErrorCode.PROGRAM_FAILED, "exited with 77: no luck today");
  }

  @Test
  void processes_unknownContainer_isNotFound() throws Exception {
    String words = "echo 'loading container failed: file does not exist' >&2; exit 128";
    assertSays(processesFail(control(words), soon()), ErrorCode.NOT_FOUND, "does not exist");
  }

  @Test
  void processes_hangs_isKilled() throws Exception {
    SandboxException e =
        processesFail(control("sleep 1000"), Deadline.after(Duration.ofMillis(500)));
    assertSays(e, ErrorCode.DEADLINE_EXCEEDED, "has been killed");
  }

  @Test
  void processes_endlessOutput_isKilled() throws Exception {
    assertSays(
        processesFail(control("exec yes"), soon()), ErrorCode.PROGRAM_FAILED, "printed more than");
  }

  @Test
  void processes_endlessErrors_isKilled() throws Exception {
    assertSays(
        processesFail(control("exec yes >&2"), soon()),
        ErrorCode.PROGRAM_FAILED,
        "printed more than");
  }

  @Test
  void signal_fails_isARefusalWithItsWords() throws Exception {
    CommandControl control = control("echo cannot >&2; exit 128");
    Refused e =
        assertThrows(
            Refused.class, () -> control.signal("c", 15, Control.Delivery.PROCESS, soon()));
    assertTrue(String.valueOf(e.getMessage()).contains("cannot"), e::getMessage);
  }

  @Test
  void awaitExit_garbage_isNotAnExitCodeOfZero() throws Exception {
    for (String garbage :
        List.of("echo hello", "true", "echo '{}'", "echo '{\"exitStatus\": 999}'")) {
      CommandControl control = control(garbage);
      Refused e = assertThrows(Refused.class, () -> control.awaitExit("c"), garbage);
      assertTrue(String.valueOf(e.getMessage()).contains("no exit status"), e::getMessage);
    }
  }

  @Test
  void awaitExit_failsWithoutASandbox_isTheSandboxesEnd() throws Exception {
    CommandControl control = control("kill -9 $$");
    assertThrows(IOException.class, () -> control.awaitExit("c"));
  }

  private SandboxException execFails(String body, Duration timeout) throws IOException {
    CommandControl control = control(body);
    ProcessSpec process =
        new ProcessSpec(
            List.of("/bin/true"),
            List.of(),
            "/",
            ProcessSpec.User.ROOT,
            Set.of(),
            Set.of(),
            true,
            false);
    Layout layout = new Layout(folder.resolve("root"), folder, folder.resolve("pause"));
    return assertThrows(
        SandboxException.class, () -> control.exec("c", process, layout, Deadline.after(timeout)));
  }

  private static final String PID_FILE =
      "for a in \"$@\"; do case $a in --internal-pid-file=*) f=${a#*=};; esac; done\n";

  @Test
  void exec_exitsBeforeItStarted_quotesItsWords() throws Exception {
    assertSays(
        execFails("exit 3", Duration.ofSeconds(30)),
        ErrorCode.INVALID_ARGUMENT,
        "runsc exec exited with 3");
  }

  @Test
  void exec_neverStarts_isKilledAtTheDeadline() throws Exception {
    assertSays(
        execFails("exec sleep 1000", Duration.ofMillis(500)),
        ErrorCode.DEADLINE_EXCEEDED,
        "has been killed");
  }

  @Test
  void exec_garbageForAProcessId_isAnError() throws Exception {
    assertSays(
        execFails(
            PID_FILE + "echo seven > $f.new; mv $f.new $f; exec sleep 1000",
            Duration.ofSeconds(30)),
        ErrorCode.INTERNAL,
        "something else than a process ID");
  }
}
