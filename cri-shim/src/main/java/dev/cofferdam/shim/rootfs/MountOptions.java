package dev.cofferdam.shim.rootfs;

import dev.cofferdam.linux.Mounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of a mount as containerd writes them, split into {@code mount(2)}'s flags and the
 * file system's own data. Pure.
 *
 * @param workingDirectory where relative paths in {@code data} begin; empty: there are none
 */
record MountOptions(long flags, String data, Optional<String> workingDirectory) {
  /** mount(2) takes a page; containerd keeps the same distance from it. */
  private static final int MOST_DATA = 4096 - 512;

  private static final String LOWER = "lowerdir=";
  private static final long MS_STRICTATIME = 1 << 24;
  private static final long MS_NODIRATIME = 2048;
  private static final long MS_SYNCHRONOUS = 16;

  private static final Map<String, Long> SETS =
      Map.ofEntries(
          Map.entry("ro", Mounts.MS_RDONLY),
          Map.entry("nosuid", Mounts.MS_NOSUID),
          Map.entry("nodev", Mounts.MS_NODEV),
          Map.entry("noexec", Mounts.MS_NOEXEC),
          Map.entry("noatime", Mounts.MS_NOATIME),
          Map.entry("nodiratime", MS_NODIRATIME),
          Map.entry("relatime", Mounts.MS_RELATIME),
          Map.entry("strictatime", MS_STRICTATIME),
          Map.entry("sync", MS_SYNCHRONOUS),
          Map.entry("bind", Mounts.MS_BIND),
          Map.entry("rbind", Mounts.MS_BIND | Mounts.MS_REC));

  private static final Map<String, Long> CLEARS =
      Map.of(
          "defaults", 0L,
          "rw", Mounts.MS_RDONLY,
          "suid", Mounts.MS_NOSUID,
          "dev", Mounts.MS_NODEV,
          "exec", Mounts.MS_NOEXEC,
          "atime", Mounts.MS_NOATIME,
          "async", MS_SYNCHRONOUS);

  static MountOptions parse(List<String> options) {
    long flags = 0;
    List<String> data = new ArrayList<>();
    for (String option : options) {
      if (SETS.containsKey(option)) {
        flags |= SETS.getOrDefault(option, 0L);
      } else if (CLEARS.containsKey(option)) {
        flags &= ~CLEARS.getOrDefault(option, 0L);
      } else if (!option.isEmpty()) {
        data.add(option);
      }
    }
    String joined = String.join(",", data);
    return joined.length() <= MOST_DATA
        ? new MountOptions(flags, joined, Optional.empty())
        : shortened(flags, data);
  }

  /** An overlay's layers lie side by side: named relative to their common folder they are short. */
  private static MountOptions shortened(long flags, List<String> data) {
    List<String> lower =
        data.stream()
            .filter(option -> option.startsWith(LOWER))
            .flatMap(option -> List.of(option.substring(LOWER.length()).split(":")).stream())
            .toList();
    String common = commonFolder(lower);
    if (common.length() <= 1) {
      return new MountOptions(flags, String.join(",", data), Optional.empty());
    }
    List<String> relative = lower.stream().map(path -> path.substring(common.length())).toList();
    List<String> fresh =
        data.stream()
            .map(option -> option.startsWith(LOWER) ? LOWER + String.join(":", relative) : option)
            .toList();
    return new MountOptions(flags, String.join(",", fresh), Optional.of(common));
  }

  /** Ends in a slash; empty if there is none but the root. */
  static String commonFolder(List<String> paths) {
    if (paths.isEmpty()) {
      return "";
    }
    String common = paths.getFirst();
    for (String path : paths) {
      int length = 0;
      while (length < Math.min(common.length(), path.length())
          && common.charAt(length) == path.charAt(length)) {
        length++;
      }
      common = common.substring(0, length);
    }
    return common.substring(0, common.lastIndexOf('/') + 1);
  }

  boolean readOnlyBind() {
    long both = Mounts.MS_BIND | Mounts.MS_RDONLY;
    return (flags & both) == both;
  }
}
