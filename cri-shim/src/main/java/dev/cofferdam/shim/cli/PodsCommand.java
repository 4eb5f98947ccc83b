package dev.cofferdam.shim.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.config.Setting;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which wall each pod of the node has. Exits with 1 when one that should answer does not. */
@Command(
    name = "pods",
    description = "List the node's pods and which wall each has, asked of the wall itself.",
    mixinStandardHelpOptions = true)
final class PodsCommand implements Callable<Integer> {
  private static final String ROW = "%-16s %-28s %-14s %-22s %-9s %-18s %s%n";

  @Option(names = "--socket", paramLabel = "PATH", description = "the shim's socket")
  private @Nullable Path socket;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json")
  private Format output = Format.TABLE;

  @Option(
      names = {"-a", "--all"},
      description = "with those that do not run")
  private boolean all;

  /** How the list is written. */
  enum Format {
    TABLE,
    JSON
  }

  @Override
  public Integer call() throws IOException {
    Path path = socket == null ? Path.of(Setting.SOCKET.defaultValue()) : socket;
    List<PodRow> rows;
    try (CriClient client = new CriClient(path)) {
      rows = new PodRows(client).list(all);
    }
    switch (output) {
      case TABLE -> table(rows, System.out);
      case JSON -> System.out.println(json(rows).toPrettyString());
    }
    return rows.stream().anyMatch(row -> !row.error().isEmpty()) ? 1 : 0;
  }

  private static void table(List<PodRow> rows, PrintStream out) {
    out.printf(ROW, "NAMESPACE", "POD", "SANDBOX", "HANDLER", "STATE", "WALL", "VERSION");
    for (PodRow row : rows) {
      out.printf(
          ROW,
          row.namespace(),
          row.name(),
          row.id().substring(0, Math.min(13, row.id().length())),
          row.handler().isEmpty() ? "(default)" : row.handler(),
          row.ready() ? "ready" : "not ready",
          row.error().isEmpty() ? row.wall() : "does not answer",
          row.error().isEmpty() ? row.version() : row.error());
    }
  }

  private static ArrayNode json(List<PodRow> rows) {
    ArrayNode array = PodRows.JSON.createArrayNode();
    for (PodRow row : rows) {
      ObjectNode shown = array.addObject();
      shown.put("namespace", row.namespace()).put("name", row.name()).put("uid", row.uid());
      shown.put("sandboxId", row.id()).put("runtimeHandler", row.handler());
      shown.put("ready", row.ready()).put("ours", row.ours());
      ObjectNode wall = shown.putObject("wall");
      wall.put("kind", row.kind()).put("variant", row.variant()).put("version", row.version());
      wall.put("kernel", row.kernel()).put("pid", row.pid());
      if (!row.error().isEmpty()) {
        wall.put("error", row.error());
      }
    }
    return array;
  }
}
