package dev.cofferdam.shim.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ServiceLineTest {
  private static final String PLAIN =
      "shim --set a=1 --config /etc/x --set b=c=d --take-over --set a=2 --set empty=";

  @Test
  void plainLine_isUnderstood() {
    assertEquals(
        Optional.of(
            new ServiceLine(
                Optional.of(Path.of("/etc/x")), Map.of("a", "2", "b", "c=d", "empty", ""), true)),
        ServiceLine.of(PLAIN.split(" ")));
  }

  @Test
  void noOptions_areTheUsualSettings() {
    assertEquals(
        Optional.of(new ServiceLine(Optional.empty(), Map.of(), false)), ServiceLine.of("shim"));
  }

  @Test
  void plainLine_isOneForPicocliToo() {
    CommandLine.ParseResult parsed = Cofferdam.commandLine().parseArgs(PLAIN.split(" "));
    assertEquals(
        Map.of("a", "2", "b", "c=d", "empty", ""),
        parsed.subcommand().matchedOptionValue("--set", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pods",
        "shim --help",
        "shim --settings",
        "shim --set",
        "shim --set nothing",
        "shim --set =value",
        "shim --config",
        "shim --config a --config b",
        "shim --take-over=true",
        "shim extra"
      })
  void anythingElse_isForPicocli(String line) {
    assertEquals(Optional.empty(), ServiceLine.of(line.split(" ")));
  }
}
