package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The chart's CRDs are generated from the types; with {@code -Dcofferdam.crd=write} they are
 * written.
 */
class CustomResourceDefinitionTest {

  private static final Path CRDS = Path.of("..", "deploy", "helm", "cofferdam", "files", "crds");

  @ParameterizedTest
  @MethodSource("dev.cofferdam.policy.GeneratedCrds#plurals")
  void crdInTheChart_equalsWhatTheTypesGenerate(String plural, @TempDir Path folder)
      throws IOException {
    String generated = GeneratedCrds.in(folder).get(plural);
    Path checkedIn = CRDS.resolve(plural + ".cofferdam.dev.yaml");
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

  @ParameterizedTest
  @MethodSource("dev.cofferdam.policy.GeneratedCrds#plurals")
  void crd_hasTextOnEveryField(String plural, @TempDir Path folder) throws IOException {
    CustomResourceDefinition crd =
        Serialization.unmarshal(
            GeneratedCrds.in(folder).get(plural), CustomResourceDefinition.class);
    JSONSchemaProps root = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    List<String> silent = new ArrayList<>();
    silentFields("", root, silent);
    assertEquals(List.of(), silent);
  }

  /** A list with keys would have the API server refuse the node's whole status. */
  @Test
  void sandboxesOfOneVariant_mayBeOfManyPolicies(@TempDir Path folder) throws IOException {
    CustomResourceDefinition crd =
        Serialization.unmarshal(
            GeneratedCrds.in(folder).get("sandboxnodes"), CustomResourceDefinition.class);
    JSONSchemaProps root = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    JSONSchemaProps status = Objects.requireNonNull(root.getProperties().get("status"));
    JSONSchemaProps sandboxes = Objects.requireNonNull(status.getProperties().get("sandboxes"));
    assertEquals("array", sandboxes.getType());
    assertEquals(List.of(), sandboxes.getXKubernetesListMapKeys());
  }

  /** So that a later version can be served beside it: nothing unknown is stored, one is. */
  @ParameterizedTest
  @MethodSource("dev.cofferdam.policy.GeneratedCrds#plurals")
  void crd_canBeConvertedLater(String plural, @TempDir Path folder) throws IOException {
    String yaml = Objects.requireNonNull(GeneratedCrds.in(folder).get(plural));
    CustomResourceDefinition crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
    assertEquals(
        1,
        crd.getSpec().getVersions().stream()
            .filter(version -> version.getStorage() && version.getServed())
            .count());
    assertFalse(Boolean.TRUE.equals(crd.getSpec().getPreserveUnknownFields()));
    assertFalse(yaml.contains("preserve-unknown-fields"));
  }

  private static void silentFields(String path, JSONSchemaProps schema, List<String> silent) {
    schema
        .getProperties()
        .forEach(
            (name, field) -> {
              if (field.getDescription() == null) {
                silent.add(path + "." + name);
              }
              silentFields(path + "." + name, field, silent);
            });
    if (schema.getItems() != null) {
      silentFields(path + "[]", schema.getItems().getSchema(), silent);
    }
  }
}
