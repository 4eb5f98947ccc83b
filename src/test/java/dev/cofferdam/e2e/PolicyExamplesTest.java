package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The CRD's rules are held to the same examples as their copy in Java. */
@EndToEnd
class PolicyExamplesTest {
  private static final Path EXAMPLES =
      SharedLab.REPOSITORY.resolve("policy/src/test/resources/dev/cofferdam/policy");
  private static final String MARK = "# refused with: ";

  private final Cluster cluster;

  PolicyExamplesTest(Cluster cluster) {
    this.cluster = cluster;
  }

  static List<String> good() {
    return names("good");
  }

  static List<String> bad() {
    return names("bad");
  }

  @ParameterizedTest
  @MethodSource("good")
  void apply_goodPolicy_isTaken(String name) throws IOException {
    tryApply(Files.readString(EXAMPLES.resolve("good").resolve(name))).orThrow();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void apply_badPolicy_isRefusedWithTheFieldsName(String name) throws IOException {
    String yaml = Files.readString(EXAMPLES.resolve("bad").resolve(name));
    String field = yaml.lines().findFirst().orElseThrow().substring(MARK.length());
    Result result = tryApply(yaml);
    assertFalse(result.ok());
    assertTrue(result.err().contains(field), result.err());
  }

  private Result tryApply(String yaml) {
    return cluster.kubectlWithInput(yaml, "apply", "--dry-run=server", "-f", "-");
  }

  private static List<String> names(String folder) {
    try (Stream<Path> files = Files.list(EXAMPLES.resolve(folder))) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
