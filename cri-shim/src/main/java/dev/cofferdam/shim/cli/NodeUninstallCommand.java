package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.install.NodeInstaller;
import dev.cofferdam.shim.install.kubelet.NodeStory.Outcome;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes everything away again. */
@Command(
    name = "uninstall",
    description = {
      "Take Cofferdam off this node: kubelet goes back to containerd, nothing is left. Refused while",
      "sandboxed pods are here. May be repeated."
    },
    mixinStandardHelpOptions = true)
final class NodeUninstallCommand implements Callable<Integer> {
  @Mixin private NodeMachine machine = new NodeMachine();

  @Mixin private NodeReporting reporting = new NodeReporting();

  @Option(names = "--evict", description = "end the sandboxed pods that are on the node")
  private boolean evict;

  @Override
  public Integer call() throws IOException, InterruptedException {
    reporting.run(
        () -> {
          new NodeInstaller(machine.machine()).uninstall(evict);
          return "kubelet uses containerd again";
        },
        Outcome.REMOVED,
        Outcome.NOT_REMOVED);
    return 0;
  }
}
