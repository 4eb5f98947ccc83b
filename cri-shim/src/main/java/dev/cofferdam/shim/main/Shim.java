package dev.cofferdam.shim.main;

import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CriServer;
import dev.cofferdam.shim.front.FrontSettings;
import dev.cofferdam.shim.front.Ownership;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running shim. Stopping it leaves every pod alive. */
public final class Shim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shim.class);

  private final CriServer front;

  private Shim(CriServer front) {
    this.front = front;
  }

  /**
   * Starts every part, the one that callers see last.
   *
   * @throws IOException when the socket cannot be made, or another shim serves it
   */
  public static Shim start(Settings settings) throws IOException {
    CriServer front =
        new CriServer(
            settings.path(Setting.SOCKET),
            settings.path(Setting.CONTAINERD_SOCKET),
            Ownership.none(),
            List.of(),
            frontSettings(settings));
    front.start();
    LOG.info(
        "serving CRI v1 on {}, with containerd on {}, {} ms after the start of the JVM",
        settings.path(Setting.SOCKET),
        settings.path(Setting.CONTAINERD_SOCKET),
        ProcessHandle.current()
            .info()
            .startInstant()
            .map(start -> System.currentTimeMillis() - start.toEpochMilli())
            .orElse(-1L));
    return new Shim(front);
  }

  private static FrontSettings frontSettings(Settings settings) {
    return new FrontSettings(
        Math.toIntExact(settings.number(Setting.MAX_MESSAGE_BYTES)),
        settings.number(Setting.MAX_BYTES_IN_FLIGHT),
        Math.toIntExact(settings.number(Setting.MAX_OWN_CALLS)),
        settings.duration(Setting.CONNECT_TIMEOUT),
        settings.duration(Setting.STOP_TIMEOUT));
  }

  @Override
  public void close() throws IOException {
    LOG.info("stopping; pods go on");
    front.close();
  }
}
