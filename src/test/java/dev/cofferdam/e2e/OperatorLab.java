package dev.cofferdam.e2e;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A lab beside the shared one, for tests that take its operator away or its chart: the shared one
 * would not look as it did before them. Each such test puts the cluster as it needs it.
 */
final class OperatorLab implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(OperatorLab.class);

  /** A lab that JUnit ends when all tests are done. */
  private record Running(Lab lab) implements AutoCloseable {
    static Running start() {
      Lab lab =
          new Lab(
              new LabOptions(
                  System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "op",
                  SharedLab.REPOSITORY,
                  NodeRuntime.SHIM,
                  true),
              new Progress(System.err));
      lab.down();
      lab.up();
      return new Running(lab);
    }

    @Override
    public void close() {
      lab.down();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Lab.class || type == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Lab lab =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(Running.class, key -> Running.start(), Running.class)
            .lab();
    return parameter.getParameter().getType() == Lab.class ? lab : new Cluster(lab);
  }
}
