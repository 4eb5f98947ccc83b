package dev.cofferdam.microvm.volume;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An {@code emptyDir} as kubelet lays it out. Nobody else writes to it, so a guest may cache it;
 * but only as one volume, with {@code subPath}s as folders in it: two caches would not know of each
 * other.
 *
 * @param base the folder of the whole volume
 * @param subPath what of it is mounted; blank for all
 * @param inMemory whether kubelet mounted a tmpfs there
 */
record EmptyDir(Path base, String subPath, boolean inMemory) {

  /** kubelet: pkg/volume/emptydir, and pkg/volume/util/subpath for the second. */
  private static final Pattern WHOLE =
      Pattern.compile("(.*/pods/[^/]+/volumes/kubernetes\\.io~empty-dir/[^/]+)(?:/(.*))?");

  private static final Pattern SUB_PATH =
      Pattern.compile("(.*/pods/[^/]+)/volume-subpaths/([^/]+)/[^/]+/\\d+");

  /** What a mount's source is, if it is one. */
  static Optional<EmptyDir> of(Path source, MountTable mounts) {
    Matcher whole = WHOLE.matcher(source.toString());
    if (whole.matches()) {
      String below = whole.group(2) == null ? "" : whole.group(2);
      return Optional.of(at(Path.of(whole.group(1)), below, mounts));
    }
    Matcher part = SUB_PATH.matcher(source.toString());
    if (!part.matches()) {
      return Optional.empty();
    }
    Path base = Path.of(part.group(1), "volumes", "kubernetes.io~empty-dir", part.group(2));
    // kubelet bind-mounts the subPath: both lie in one file system, one below the other.
    return mounts
        .place(source)
        .flatMap(
            there ->
                mounts
                    .place(base)
                    .filter(whereBase -> whereBase.device().equals(there.device()))
                    .filter(whereBase -> there.path().startsWith(whereBase.path()))
                    .map(whereBase -> whereBase.path().relativize(there.path()).toString()))
        .map(below -> at(base, below, mounts));
  }

  private static EmptyDir at(Path base, String subPath, MountTable mounts) {
    boolean inMemory =
        mounts
            .place(base)
            .filter(place -> place.mount().point().equals(base))
            .filter(place -> place.mount().type().equals("tmpfs"))
            .isPresent();
    return new EmptyDir(base, subPath, inMemory);
  }
}
