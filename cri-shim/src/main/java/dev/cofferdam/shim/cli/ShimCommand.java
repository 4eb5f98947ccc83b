package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.logging.Log;
import dev.cofferdam.shim.main.Shim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the service until it is told to stop. */
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

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (list) {
      for (Setting setting : Setting.values()) {
        System.out.printf(
            "%s=%s%n    %s%n", setting.key(), setting.defaultValue(), setting.meaning());
      }
      return 0;
    }
    Settings settings = Settings.read(Optional.ofNullable(config), set);
    Log.configure(
        settings.choice(Setting.LOG_FORMAT, Log.Format.class),
        settings.choice(Setting.LOG_LEVEL, Level.class));
    Shim shim = Shim.start(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(shim), "stop"));
    // Until a signal: the hook does the rest.
    new CountDownLatch(1).await();
    return 0;
  }

  /** An orderly end is code 0, not the 143 that Java makes of a SIGTERM. */
  private static void stop(Shim shim) {
    shim.close();
    Runtime.getRuntime().halt(0);
  }
}
