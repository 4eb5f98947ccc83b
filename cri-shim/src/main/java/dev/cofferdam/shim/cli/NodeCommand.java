package dev.cofferdam.shim.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Puts Cofferdam on this node, and takes it away. */
@Command(
    name = "node",
    description = "Install, upgrade and remove Cofferdam on this node, under live pods.",
    mixinStandardHelpOptions = true,
    subcommands = {
      NodeInstallCommand.class,
      NodeUpgradeCommand.class,
      NodeUninstallCommand.class,
      NodeStatusCommand.class
    })
final class NodeCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      CommandLine line = spec.commandLine();
      throw new ParameterException(line, "which one: install, upgrade, uninstall or status?");
    }
  }
}
