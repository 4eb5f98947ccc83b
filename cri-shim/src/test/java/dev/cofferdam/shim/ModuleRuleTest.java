package dev.cofferdam.shim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The tree is the architecture: who may know whom. */
class ModuleRuleTest {
  private static final JavaClasses SHIM =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.cofferdam.shim");

  private static final JavaClasses BACKENDS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.cofferdam.sandbox", "dev.cofferdam.gvisor", "dev.cofferdam.microvm");

  @Test
  void shim_ofBackends_knowsTheSpiOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cofferdam.gvisor..", "dev.cofferdam.microvm..")
        .because(
            "the shim finds its backends with ServiceLoader and asks for capabilities, never for"
                + " names: a third backend must not need a change here")
        .check(SHIM);
  }

  @Test
  void front_ofTheShim_knowsNothing() {
    noClasses()
        .that()
        .resideInAPackage("dev.cofferdam.shim.front..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are in another package of the shim",
                type ->
                    type.getPackageName().startsWith("dev.cofferdam.shim.")
                        && !type.getPackageName().startsWith("dev.cofferdam.shim.front")))
        .because(
            "the pass-through must be right with no backend and no pods at all; what is ours comes"
                + " in through Route and Ownership")
        .check(SHIM);
  }

  @Test
  void openTelemetry_isKnownToTracesOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.cofferdam.shim.trace..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.opentelemetry..")
        .because("it costs memory, and most nodes have no use for it: it is loaded when it is on")
        .check(SHIM);
  }

  @Test
  void nobody_butTheCommandLine_knowsTheWiring() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.cofferdam.shim.main..", "dev.cofferdam.shim.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cofferdam.shim.main..", "dev.cofferdam.shim.cli..")
        .because("parts are put together in one place, and do not reach back for one another")
        .check(SHIM);
  }

  @Test
  void backends_ofTheShim_knowNothing() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cofferdam.shim..", "dev.cofferdam.cri..")
        .because(
            "a backend translates from the SPI's own types at its edge, so that a second front end"
                + " can stand beside CRI")
        .allowEmptyShould(true)
        .check(BACKENDS);
  }
}
