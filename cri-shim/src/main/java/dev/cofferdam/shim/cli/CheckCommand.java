package dev.cofferdam.shim.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.cofferdam.shim.check.CheckSettings;
import dev.cofferdam.shim.check.CheckTable;
import dev.cofferdam.shim.check.NodeCheck;
import dev.cofferdam.shim.check.NodeReport;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.handler.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which walls this node can give, shown by running each. Exits with 1 when there is none. */
@Command(
    name = "check",
    description = {
      "Run a small pod behind each wall, the whole way that a pod takes, and say which of them",
      "work here, and what they cost. Needs the shim to run. Exit status: 0 when any wall is",
      "there, 1 when none is."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  @Parameters(
      arity = "0..*",
      paramLabel = "BACKEND/VARIANT",
      description = "only these, such as gvisor/systrap; without: all that there are")
  private List<String> only = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json")
  private Format output = Format.TABLE;

  @Option(names = "--no-overhead", description = "leave out what takes longest")
  private boolean withoutOverhead;

  @Option(names = "--config", paramLabel = "FILE", description = "the shim's settings")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "a setting, over what the file says; may be repeated")
  private Map<String, String> set = new LinkedHashMap<>();

  /** How the result is written. */
  enum Format {
    TABLE,
    JSON
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Settings settings = Settings.read(Optional.ofNullable(config), set);
    Backends backends = Backends.load(settings.path(Setting.RUN_FOLDER), settings.backends());
    NodeReport report =
        new NodeCheck(CheckSettings.of(settings), backends)
            .run(name -> only.isEmpty() || only.contains(name), name -> !withoutOverhead);
    switch (output) {
      case TABLE -> CheckTable.print(report, System.out);
      case JSON -> System.out.println(JSON.writeValueAsString(report));
    }
    return report.anyWall() ? 0 : 1;
  }
}
