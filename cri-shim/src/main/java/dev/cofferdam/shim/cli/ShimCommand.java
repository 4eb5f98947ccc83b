package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.config.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the service until it is told to stop. What {@link ServiceLine} understands never comes here.
 */
@Command(
    name = "shim",
    description = "Run the CRI shim, between kubelet and containerd.",
    mixinStandardHelpOptions = true)
final class ShimCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "settings; default /etc/cofferdam/config.properties, if it exists")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "a setting, over what the file says; may be repeated")
  private Map<String, String> set = new LinkedHashMap<>();

  @Option(names = "--settings", description = "list all settings and their defaults, then exit")
  private boolean list;

  @Option(
      names = "--take-over",
      description =
          "start in place of the shim that runs: it hands over pods and callers, and ends when the"
              + " sessions that are open in it have ended")
  private boolean takeOver;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (list) {
      for (Setting setting : Setting.values()) {
        System.out.printf(
            "%s=%s%n    %s%n", setting.key(), setting.defaultValue(), setting.meaning());
      }
      return 0;
    }
    return Service.run(new ServiceLine(Optional.ofNullable(config), set, takeOver));
  }
}
