package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.install.NodeInstaller;
import dev.cofferdam.shim.install.kubelet.NodeStory.Outcome;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Brings this node to a version; what fails is undone before it exits with 1. */
@Command(
    name = "install",
    description = {
      "Install on this node, or bring it to another version. Kubelet is restarted once, its runc",
      "pods go on. When anything fails the node is put back as it was. May be repeated."
    },
    mixinStandardHelpOptions = true)
final class NodeInstallCommand implements Callable<Integer> {
  @Mixin private NodeMachine machine = new NodeMachine();
  @Mixin private NodeOrder order = new NodeOrder();
  @Mixin private NodeReporting reporting = new NodeReporting();

  @Override
  public Integer call() throws IOException, InterruptedException {
    reporting.run(
        () -> {
          NodeInstaller.Order ordered = order.order();
          new NodeInstaller(machine.machine()).install(ordered);
          return "version " + ordered.payload().version();
        },
        Outcome.INSTALLED,
        Outcome.NOT_INSTALLED);
    return 0;
  }
}
