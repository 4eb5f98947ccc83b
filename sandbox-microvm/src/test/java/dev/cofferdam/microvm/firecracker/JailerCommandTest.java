package dev.cofferdam.microvm.firecracker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JailerCommandTest {
  private static final MachineFolder FOLDER =
      new MachineFolder(Path.of("/run/c/abc"), Path.of("/var/lib/c/abc"), "cofferdam-abc");

  private static final Machine MACHINE =
      new Machine(
          FOLDER,
          Path.of("/k"),
          Path.of("/i"),
          Path.of("/m"),
          Path.of("/s"),
          256 << 20,
          1,
          List.of(),
          Optional.of(Path.of("/run/netns/pod")),
          Optional.empty(),
          2_000_000_001);

  private final JailerCommand command =
      new JailerCommand(Path.of("/usr/bin/jailer"), Path.of("/usr/bin/firecracker"), FOLDER);

  @Test
  void line_anyMachine_usesFlagsThatTheJailerHas() {
    Set<String> known =
        Transcripts.lines("cli.tsv").stream()
            .map(line -> line.split("\t", -1))
            .filter(row -> row[0].equals("jailer") || row[0].equals("firecracker"))
            .map(row -> row[1])
            .collect(Collectors.toSet());
    List<String> flags = command.line(MACHINE).stream().filter(s -> s.startsWith("--")).toList();
    assertTrue(known.containsAll(flags), flags::toString);
  }

  @Test
  void line_requiredFlags_areThere() {
    List<String> line = command.line(MACHINE);
    List<String> required =
        Transcripts.lines("cli.tsv").stream()
            .map(row -> row.split("\t", -1))
            .filter(row -> row[0].equals("jailer") && row[3].equals("yes"))
            .map(row -> row[1])
            .toList();
    assertTrue(line.containsAll(required), line::toString);
    assertEquals("/run/netns/pod", line.get(line.indexOf("--netns") + 1));
    assertEquals("2000000001", line.get(line.indexOf("--uid") + 1));
  }

  @Test
  void jail_ofAMachine_isWhereTheJailerMakesIt() {
    assertEquals(Path.of("/var/lib/c/abc/jail/firecracker/cofferdam-abc/root"), command.jail());
  }
}
