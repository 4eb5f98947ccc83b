package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.lab.Footprint;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts the lab before the first class that asks for it and ends it after the last one. After each
 * class the lab must look as it did before it.
 */
final class SharedLab implements BeforeAllCallback, AfterAllCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedLab.class);
  private static final Duration CLEAN_TIMEOUT = Duration.ofMinutes(3);

  /** The root of the source tree: Maven runs tests in the module's folder. */
  static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();

  /** A lab that JUnit ends when all tests are done. */
  private record Running(Lab lab) implements AutoCloseable {
    static Running start() {
      LabOptions options =
          new LabOptions(
              System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
              REPOSITORY,
              NodeRuntime.SHIM,
              true);
      Lab lab = new Lab(options, new Progress(System.err));
      lab.down();
      lab.up();
      lab.checks().awaitOverhead(lab.nodeName());
      return new Running(lab);
    }

    @Override
    public void close() {
      lab.down();
    }
  }

  private static Lab lab(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Running.class, key -> Running.start(), Running.class)
        .lab();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context.getStore(NAMESPACE).put("before", footprint(lab(context)));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Lab lab = lab(context);
    new Cluster(lab).deleteAll();
    Footprint before =
        Objects.requireNonNull(context.getStore(NAMESPACE).get("before", Footprint.class));
    // kubelet and the sweeps of shim and containerd finish in the background.
    Awaitility.await()
        .atMost(CLEAN_TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertEquals(before.toString(), footprint(lab).toString()));
  }

  /** Checks of the node make and remove pods of their own. */
  private static Footprint footprint(Lab lab) {
    return lab.checks().without(() -> Footprint.of(lab));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Lab.class || type == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Lab lab = lab(context);
    return parameter.getParameter().getType() == Lab.class ? lab : new Cluster(lab);
  }
}
