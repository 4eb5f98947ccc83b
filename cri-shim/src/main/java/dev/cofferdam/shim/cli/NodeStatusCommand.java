package dev.cofferdam.shim.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.shim.install.NodeInstaller;
import dev.cofferdam.shim.install.NodeReport;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says how the installation stands. Exits with 1 when something isn't as it should be. */
@Command(
    name = "status",
    description = "What is installed on this node, and whether all of it is as it should be.",
    mixinStandardHelpOptions = true)
final class NodeStatusCommand implements Callable<Integer> {
  @Mixin private NodeMachine machine = new NodeMachine();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text or json")
  private Format output = Format.TEXT;

  @Option(
      names = "--recover",
      description = "first undo what was cut off, and remove old versions that nothing runs from")
  private boolean recover;

  /** How it is written. */
  enum Format {
    TEXT,
    JSON
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (recover) {
      new NodeInstaller(machine.machine()).recover();
    }
    NodeReport report = NodeReport.of(machine.machine());
    switch (output) {
      case TEXT -> text(report, System.out);
      case JSON ->
          System.out.println(
              new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    }
    return report.problems().isEmpty() ? 0 : 1;
  }

  private static void text(NodeReport report, PrintStream out) {
    out.printf("installed  %s%n", report.installed().isEmpty() ? "nothing" : report.installed());
    out.printf("shim       %s%n", report.serves() ? "answers" : "does not answer");
    out.printf("kubelet    uses %s%n", report.kubeletUsesShim() ? "the shim" : "another runtime");
    for (NodeReport.Version version : report.versions()) {
      out.printf(
          "version    %s%s%s%n",
          version.name(), version.current() ? ", current" : "", version.inUse() ? ", in use" : "");
    }
    report.problems().forEach(problem -> out.printf("problem    %s%n", problem));
  }
}
