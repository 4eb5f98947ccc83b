package dev.cofferdam.shim.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Says which version this is. */
@Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    System.out.println(version());
    return 0;
  }

  static String version() {
    // Out of the jar's manifest; there is none in a developer's target/classes.
    @Nullable String version = VersionCommand.class.getPackage().getImplementationVersion();
    return "cofferdam " + (version == null ? "(development)" : version);
  }

  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {version()};
    }
  }
}
