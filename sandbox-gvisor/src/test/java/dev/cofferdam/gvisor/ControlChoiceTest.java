package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sentry's socket is used with versions that were tested, and with no other. */
class ControlChoiceTest {
  private static final String TESTED = TestedVersions.all().iterator().next();

  @TempDir Path folder;

  @BeforeEach
  void makeRoot() throws IOException {
    Files.createDirectory(folder.resolve("root"));
  }

  private Path program() {
    return folder.resolve("runsc");
  }

  /** As an upgrade does it: another file under the same name. */
  private void install(String body) throws IOException {
    Path next = folder.resolve("next");
    Files.writeString(next, "#!/bin/sh\necho >> " + folder.resolve("starts") + "\n" + body + "\n");
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(next, program(), StandardCopyOption.REPLACE_EXISTING);
  }

  private void version(String version) throws IOException {
    install("echo runsc version " + version);
  }

  private ControlChoice choice(String way) {
    return new ControlChoice(
        GvisorSettings.of(Map.of("runsc", program().toString(), "control", way)));
  }

  private Runsc runsc() {
    Layout layout = new Layout(folder.resolve("root"), folder, folder.resolve("pause"));
    return new Runsc(program().toString(), layout, "systrap", false, false, false);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  @Test
  void tested_versions_areTheBuildsOwn() {
    assertFalse(TESTED.contains("$"), TESTED); // the root pom's property was filled in
  }

  @Test
  void started_testedVersion_usesTheSocket() throws Exception {
    version(TESTED);
    assertInstanceOf(Sentry.class, choice("auto").started(runsc(), soon()));
  }

  @Test
  void started_anotherVersion_usesCommands() throws Exception {
    version(TESTED + "1");
    assertInstanceOf(CommandControl.class, choice("auto").started(runsc(), soon()));
  }

  @Test
  void started_noVersionAtAll_usesCommands() throws Exception {
    install("exit 7");
    assertInstanceOf(CommandControl.class, choice("auto").started(runsc(), soon()));
  }

  @Test
  void found_programReplacedSince_staysWithTheVersionItWasStartedBy() throws Exception {
    version(TESTED);
    assertInstanceOf(Sentry.class, choice("auto").started(runsc(), soon()));
    version("9999");
    assertInstanceOf(Sentry.class, choice("auto").found(runsc(), soon()));
    Files.delete(runsc().layout().version());
    assertInstanceOf(CommandControl.class, choice("auto").found(runsc(), soon()));
  }

  @Test
  void started_twice_asksOnceUntilTheProgramIsReplaced() throws Exception {
    version(TESTED);
    ControlChoice choice = choice("auto");
    assertInstanceOf(Sentry.class, choice.started(runsc(), soon()));
    assertInstanceOf(Sentry.class, choice.started(runsc(), soon()));
    assertEquals(1, Files.readAllLines(folder.resolve("starts")).size());
    version("9999");
    assertInstanceOf(CommandControl.class, choice.started(runsc(), soon()));
  }

  @Test
  void started_wayIsSet_theVersionDoesNotMatter() throws Exception {
    version("9999");
    assertInstanceOf(Sentry.class, choice("socket").started(runsc(), soon()));
    version(TESTED);
    assertInstanceOf(CommandControl.class, choice("commands").started(runsc(), soon()));
  }
}
