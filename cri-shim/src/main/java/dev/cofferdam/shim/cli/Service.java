package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.logging.Log;
import dev.cofferdam.shim.main.Shim;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.event.Level;

/** The service, from its command line to the signal that ends it. */
final class Service {
  private Service() {}

  static int run(ServiceLine line) throws IOException, InterruptedException {
    Settings settings = Settings.read(line.config(), line.settings());
    Log.configure(
        settings.choice(Setting.LOG_FORMAT, Log.Format.class),
        settings.choice(Setting.LOG_LEVEL, Level.class));
    Shim shim = line.takeOver() ? Shim.takeOver(settings) : Shim.start(settings);
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
