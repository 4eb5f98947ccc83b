package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.install.NodeInstaller;
import dev.cofferdam.shim.install.kubelet.NodeStory.Outcome;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** As install, but only where something is installed. */
@Command(
    name = "upgrade",
    description = {
      "Bring a node that has Cofferdam to another version, newer or older: the shim hands over under",
      "live pods. A version that fails its canaries hands back."
    },
    mixinStandardHelpOptions = true)
final class NodeUpgradeCommand implements Callable<Integer> {
  @Mixin private NodeMachine machine = new NodeMachine();
  @Mixin private NodeOrder order = new NodeOrder();
  @Mixin private NodeReporting reporting = new NodeReporting();

  @Override
  public Integer call() throws IOException, InterruptedException {
    reporting.run(
        () -> {
          NodeInstaller.Order ordered = order.order();
          new NodeInstaller(machine.machine()).upgrade(ordered);
          return "version " + ordered.payload().version();
        },
        Outcome.INSTALLED,
        Outcome.NOT_INSTALLED);
    return 0;
  }
}
