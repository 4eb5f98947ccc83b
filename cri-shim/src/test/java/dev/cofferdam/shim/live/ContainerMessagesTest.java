package dev.cofferdam.shim.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.shim.state.Records;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerMessagesTest {

  @Test
  void logName_ofNoLog_beginsNoFilesName() {
    // kubelet's pattern is this with a star behind it, seen from its working directory.
    Path none = Path.of(ContainerMessages.logName(Optional.empty()));
    assertTrue(none.isAbsolute());
    assertFalse(Files.exists(none.getParent()));
  }

  @Test
  void status_containerWithALog_namesIt() {
    assertEquals(
        "/var/log/pods/x/0.log",
        ContainerMessages.status(Records.container("c", "s")).getLogPath());
  }
}
