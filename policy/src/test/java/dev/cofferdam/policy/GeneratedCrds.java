package dev.cofferdam.policy;

import dev.cofferdam.policy.enforcement.SandboxEnforcement;
import dev.cofferdam.policy.node.SandboxNode;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The CRDs that the types generate, with what their annotations cannot say. */
final class GeneratedCrds implements CRDPostProcessor {

  // The generator sorts columns by path; a reader wants the age last.
  private static final List<String> COLUMNS =
      List.of(
          "ISOLATION",
          "BACKENDS",
          "NODES",
          "MODE",
          "READY",
          "REASON",
          "WORKS",
          "BELOW",
          "SHIM",
          "CONTAINERD",
          "AGE");

  // The client's own Condition has no text.
  private static final Map<String, String> CONDITION =
      Map.of(
          "type", "What is spoken of.",
          "status", "True, False or Unknown.",
          "reason", "Why, in one word out of a closed list.",
          "message", "Why, in one sentence.",
          "lastTransitionTime", "When the status last changed.",
          "observedGeneration", "The generation of the spec that this speaks of.");

  static Stream<String> plurals() {
    return Stream.of("sandboxpolicies", "sandboxnodes", "sandboxenforcements");
  }

  /** By plural. */
  static Map<String, String> in(Path folder) throws IOException {
    new CRDGenerator()
        .customResourceClasses(SandboxPolicy.class, SandboxNode.class, SandboxEnforcement.class)
        .forCRDVersions("v1")
        .withMinQuotes(true)
        .withPostProcessor(new GeneratedCrds())
        .inOutputDir(folder.toFile())
        .generate();
    Map<String, String> crds = new HashMap<>();
    for (String plural : plurals().toList()) {
      crds.put(plural, Files.readString(folder.resolve(plural + ".cofferdam.dev-v1.yml")));
    }
    return crds;
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
              root(
                  changed.getSpec().getNames().getKind(), version.getSchema().getOpenAPIV3Schema());
            });
    return changed;
  }

  private static void root(String kind, JSONSchemaProps root) {
    JSONSchemaProps spec = root.getProperties().get("spec");
    JSONSchemaProps status = root.getProperties().get("status");
    switch (kind) {
      case "SandboxPolicy" -> {
        root.setDescription("How strong a wall pods of a class get, and which backends give it.");
        Objects.requireNonNull(spec).setDescription("What is asked for.");
        Objects.requireNonNull(status).setDescription("What came of it; the operator writes it.");
        root.setRequired(List.of("spec"));
        conditions(property(status, "conditions"));
      }
      case "SandboxNode" -> {
        root.setDescription("What a node has proved and measured; its shim writes it.");
        Objects.requireNonNull(status).setDescription("What the node's shim says of its node.");
        root.getProperties().remove("spec");
        listMap(property(status, "backends"), "backend", "variant");
        listMap(property(status, "refused"), "name");
        listMap(property(status, "conditions"), "type");
        atomic(property(status, "acknowledged"));
      }
      case "SandboxEnforcement" -> {
        root.setDescription("What namespaces ask of their pods; the operator writes it.");
        Objects.requireNonNull(spec).setDescription("What the chart's admission policies read.");
        root.getProperties().remove("status");
        root.setRequired(List.of("spec"));
        atomic(property(spec, "classes"));
        atomic(property(spec, "enough"));
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }

  private static void conditions(JSONSchemaProps conditions) {
    listMap(conditions, "type");
    JSONSchemaProps condition = conditions.getItems().getSchema();
    condition.setRequired(List.of("type", "status"));
    CONDITION.forEach((name, text) -> property(condition, name).setDescription(text));
  }

  private static void listMap(JSONSchemaProps list, String... keys) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(keys));
  }

  // One writer: else the API server keeps and compares who wrote each of a thousand entries.
  private static void atomic(JSONSchemaProps map) {
    map.setXKubernetesMapType("atomic");
  }

  private static JSONSchemaProps property(JSONSchemaProps parent, String name) {
    return Objects.requireNonNull(parent.getProperties().get(name), name);
  }
}
