package dev.cofferdam.shim.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Words after {@code cofferdam}: understood, or refused with a sentence; nothing is run here. */
class CommandLineFuzz {
  @Provide
  Arbitrary<byte[]> lines() {
    return Mutations.of(
        "shim --config /etc/c.properties --set socket=/run/a.sock --set log.format=json --take-over",
        "pods --output json --all",
        "debug default/web -o report.tar.gz",
        "status --help",
        "version",
        "--version");
  }

  @Fuzz
  void words_areUnderstoodOrRefused(@ForAll("lines") byte[] line) {
    String[] words = new String(line, StandardCharsets.UTF_8).split(" ");
    CommandLine command = Cofferdam.commandLine();
    try {
      var _ = command.parseArgs(words);
    } catch (ParameterException refused) {
      assertFalse(String.valueOf(refused.getMessage()).isBlank());
    }
  }
}
