package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart's CRD is generated from the types; with {@code -Dcofferdam.crd=write} it is written.
 */
class CustomResourceDefinitionTest {

  private static final Path CRDS = Path.of("..", "deploy", "helm", "cofferdam", "crds");

  @Test
  void crdInTheChart_equalsWhatTheTypesGenerate(@TempDir Path folder) throws IOException {
    String generated = GeneratedCrd.in(folder);
    Path checkedIn = CRDS.resolve("sandboxpolicies.cofferdam.dev.yaml");
    if (System.getProperty("cofferdam.crd", "check").equals("write")) {
      Files.createDirectories(CRDS);
      Files.writeString(checkedIn, generated);
    }
    assertEquals(
        generated,
        Files.readString(checkedIn),
        "the types have changed: mvn -pl policy test -Dtest=CustomResourceDefinitionTest"
            + " -Dcofferdam.crd=write");
  }
}
