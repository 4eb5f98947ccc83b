package dev.cofferdam.operator.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ModelPurityTest {

  @Test
  void model_dependsOnNothingThatReadsOrWrites() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cofferdam.operator");
    noClasses()
        .that()
        .resideInAPackage("..operator.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "..operator.reconcile..",
            "io.javaoperatorsdk..",
            "io.quarkus..",
            "io.fabric8.kubernetes.client.dsl..",
            "io.fabric8.kubernetes.client.informers..",
            "java.io..",
            "java.net..",
            "java.nio..",
            "java.util.concurrent..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.fabric8.kubernetes.client.KubernetesClient")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.time.Clock")
        .because("what should be is computed from what is given, so that it can be tested by table")
        .check(classes);
  }
}
