package dev.cofferdam.shim.install;

import static dev.cofferdam.shim.config.Setting.CHECK_TIMEOUT;
import static dev.cofferdam.shim.config.Setting.CNI_PLUGIN_TIMEOUT;
import static dev.cofferdam.shim.config.Setting.CONTAINERD_SOCKET;
import static dev.cofferdam.shim.config.Setting.HAND_OVER_TIMEOUT;
import static dev.cofferdam.shim.config.Setting.KEEPER_TIMEOUT;
import static dev.cofferdam.shim.config.Setting.PROBE_TIMEOUT;

import dev.cofferdam.shim.config.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The shim's settings, as an installation writes them on a node that has none. Pure. */
final class FirstSettings {
  /** What a machine that is slow for the installer is slow with in the shim's daily work too. */
  private static final List<Setting> DEADLINES =
      List.of(KEEPER_TIMEOUT, CNI_PLUGIN_TIMEOUT, PROBE_TIMEOUT, CHECK_TIMEOUT, HAND_OVER_TIMEOUT);

  private FirstSettings() {}

  /**
   * The file's text.
   *
   * @param patience how many times the usual each thing may take here
   * @param chosen values by key, which go before all others
   */
  static String text(Path containerd, int patience, Map<String, String> chosen) {
    StringBuilder text = new StringBuilder();
    text.append("# Written by `cofferdam node install`; see docs/configuration.md.\n");
    if (!chosen.containsKey(CONTAINERD_SOCKET.key())) {
      set(text, CONTAINERD_SOCKET, containerd);
    }
    if (patience > 1) {
      text.append("# By --patience ").append(patience).append(":\n");
      for (Setting deadline : DEADLINES) {
        if (!chosen.containsKey(deadline.key())) {
          set(text, deadline, Duration.parse(deadline.defaultValue()).multipliedBy(patience));
        }
      }
    }
    if (!chosen.isEmpty()) {
      text.append("# By --setting:\n");
      new TreeMap<>(chosen)
          .forEach(
              (key, value) ->
                  text.append(key).append('=').append(value.replace("\\", "\\\\")).append('\n'));
    }
    return text.toString();
  }

  private static void set(StringBuilder text, Setting setting, Object value) {
    text.append(setting.key()).append('=').append(value).append('\n');
  }
}
