package dev.cofferdam.policy;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** The CRD that the types generate, with what their annotations cannot say. */
final class GeneratedCrd implements CRDPostProcessor {

  // The generator sorts columns by path; a reader wants the age last.
  private static final List<String> COLUMNS =
      List.of("ISOLATION", "BACKENDS", "READY", "REASON", "AGE");

  static String in(Path folder) throws IOException {
    new CRDGenerator()
        .customResourceClasses(SandboxPolicy.class)
        .forCRDVersions("v1")
        .withMinQuotes(true)
        .withPostProcessor(new GeneratedCrd())
        .inOutputDir(folder.toFile())
        .generate();
    return Files.readString(folder.resolve("sandboxpolicies.cofferdam.dev-v1.yml"));
  }

  @Override
  public HasMetadata process(HasMetadata crd, String crdSpecVersion) {
    CustomResourceDefinition changed =
        new CustomResourceDefinitionBuilder((CustomResourceDefinition) crd).build();
    changed
        .getSpec()
        .getVersions()
        .forEach(
            version -> {
              version
                  .getAdditionalPrinterColumns()
                  .sort(
                      Comparator.comparingInt(
                          (CustomResourceColumnDefinition c) -> COLUMNS.indexOf(c.getName())));
              JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
              root.setRequired(List.of("spec"));
              JSONSchemaProps conditions = property(property(root, "status"), "conditions");
              conditions.setXKubernetesListType("map");
              conditions.setXKubernetesListMapKeys(List.of("type"));
              conditions.getItems().getSchema().setRequired(List.of("type", "status"));
            });
    return changed;
  }

  private static JSONSchemaProps property(JSONSchemaProps parent, String name) {
    return Objects.requireNonNull(parent.getProperties().get(name), name);
  }
}
