package dev.cofferdam.shim.cni;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Where plugins and their configuration lie.
 *
 * @param configDir the first file by name ending in {@code .conflist}, {@code .conf} or {@code
 *     .json} is the pods' network
 * @param binDirs searched in order
 * @param cacheDir what was added is written down here, a file for each sandbox
 * @param pluginTimeout for one execution of one plugin
 * @param podAddresses whether pods may ask for addresses of their choice, see {@link PodAddresses}
 */
public record CniSettings(
    Path configDir,
    List<Path> binDirs,
    Path cacheDir,
    Duration pluginTimeout,
    boolean podAddresses) {

  public CniSettings {
    binDirs = List.copyOf(binDirs);
  }

  /** The usual places; the cache lies in {@code stateRoot}. */
  public static CniSettings defaults(Path stateRoot) {
    return new CniSettings(
        Path.of("/etc/cni/net.d"),
        List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
        stateRoot.resolve("cni"),
        Duration.ofSeconds(60),
        false);
  }
}
