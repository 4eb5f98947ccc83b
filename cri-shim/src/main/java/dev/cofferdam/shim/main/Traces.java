package dev.cofferdam.shim.main;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.CallObserver;
import dev.cofferdam.shim.trace.CallTraces;
import dev.cofferdam.shim.trace.TraceSettings;
import java.net.URI;

/** Traces, where they are wanted: elsewhere none of their classes is loaded. */
final class Traces {
  private static final long MILLION = 1_000_000;

  private Traces() {}

  /**
   * Adds them to what is told of every call.
   *
   * @param parts gets what is to be stopped
   * @throws SandboxException INVALID_ARGUMENT for settings that cannot be used
   */
  static CallObserver beside(CallObserver calls, Settings settings, String node, Closeables parts) {
    long roots = settings.upTo(Setting.TRACING_SAMPLES, MILLION);
    return settings
        .optional(Setting.TRACING_ENDPOINT)
        .map(
            endpoint ->
                calls.and(
                    parts.add(
                        CallTraces.start(
                            new TraceSettings(
                                receiver(endpoint), roots, ShimVersion.current(), node)))))
        .orElse(calls);
  }

  private static URI receiver(String endpoint) {
    try {
      URI uri = URI.create(endpoint);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPort() > 0) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below, with the key.
    }
    throw new SandboxException(
        ErrorCode.INVALID_ARGUMENT,
        "setting '%s' is '%s', which is not an address such as http://127.0.0.1:4317"
            .formatted(Setting.TRACING_ENDPOINT.key(), endpoint));
  }
}
