package dev.cofferdam.shim.check;

import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a node is checked.
 *
 * @param socket the shim's
 * @param containerd its socket
 * @param folder of the checks' own, below /run
 * @param canary the program that pods of checks run
 * @param timeout of one variant
 * @param window how long a pod's costs are looked at
 */
public record CheckSettings(
    Path socket,
    Path containerd,
    Path cgroupRoot,
    Path folder,
    Path canary,
    Duration timeout,
    Duration window) {

  public static CheckSettings of(Settings settings) {
    return new CheckSettings(
        settings.path(Setting.SOCKET),
        settings.path(Setting.CONTAINERD_SOCKET),
        settings.path(Setting.CGROUP_ROOT),
        settings.path(Setting.RUN_FOLDER).resolve("check"),
        settings
            .optional(Setting.CHECK_PROGRAM)
            .map(Path::of)
            .orElseGet(
                // Set by the launcher, to where the distribution lies.
                () ->
                    Path.of(System.getProperty("cofferdam.home", "/"), "bin", "cofferdam-canary")),
        settings.duration(Setting.CHECK_TIMEOUT),
        settings.duration(Setting.CHECK_WINDOW));
  }
}
