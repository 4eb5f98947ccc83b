package dev.cofferdam.shim.policy;

import dev.cofferdam.shim.kube.ClusterAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where policies come from.
 *
 * @param cluster the way to the API server; empty: no cluster
 * @param files a folder of policies in YAML or JSON, one in each file; need not exist
 * @param cache a folder of ours, for what the API server said last
 * @param filesInterval how often the folder of files is looked at for changes
 */
public record PolicySettings(
    Optional<ClusterAccess> cluster, Path files, Path cache, Duration filesInterval) {

  public static final Path DEFAULT_FILES = Path.of("/etc/cofferdam/policies");
  public static final Duration DEFAULT_FILES_INTERVAL = Duration.ofSeconds(5);

  /** The usual places under a state root such as {@code /var/lib/cofferdam}. */
  public static PolicySettings under(Path stateRoot, Optional<ClusterAccess> cluster) {
    return new PolicySettings(
        cluster, DEFAULT_FILES, stateRoot.resolve("policies"), DEFAULT_FILES_INTERVAL);
  }
}
