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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
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
    Settings settings = Settings.read(Optional.ofNullable(config), set);
    Log.configure(
        settings.choice(Setting.LOG_FORMAT, Log.Format.class),
        settings.choice(Setting.LOG_LEVEL, Level.class));
    Shim shim = takeOver ? Shim.takeOver(settings) : Shim.start(settings);
    AtomicReference<Shim> running = new AtomicReference<>(shim);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running.get()), "stop"));
    // Until a signal, whose hook does the rest; or until another shim has taken over.
    for (Optional<Shim> next = ended(shim); next.isPresent(); next = ended(next.get())) {
      running.set(next.get());
    }
    return 0;
  }

  private static Optional<Shim> ended(Shim shim) throws InterruptedException {
    try {
      return shim.ended().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An orderly end is code 0, not the 143 that Java makes of a SIGTERM. */
  private static void stop(Shim shim) {
    shim.close();
    Runtime.getRuntime().halt(0);
  }
}
