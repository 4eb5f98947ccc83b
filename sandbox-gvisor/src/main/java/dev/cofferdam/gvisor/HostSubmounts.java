package dev.cofferdam.gvisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the host has mounted below a folder. */
final class HostSubmounts {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT_FIELD = 4;

  private HostSubmounts() {}

  /** Mount points below {@code folder}, which has no links in it; each once. */
  static List<Path> below(Path folder) {
    try {
      // Paths there may hold any bytes.
      return Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1).stream()
          .map(line -> line.split(" ", MOUNT_POINT_FIELD + 2))
          .filter(fields -> fields.length > MOUNT_POINT_FIELD)
          .map(fields -> Path.of(unescaped(fields[MOUNT_POINT_FIELD])))
          .filter(point -> point.startsWith(folder) && !point.equals(folder))
          .distinct()
          .toList();
    } catch (IOException e) {
      throw Failures.io("reading " + MOUNTS, e);
    }
  }

  /** proc_pid_mountinfo(5): blank, tab, newline and backslash in octal. */
  private static String unescaped(String path) {
    String bytes =
        path.replace("\\040", " ")
            .replace("\\011", "\t")
            .replace("\\012", "\n")
            .replace("\\134", "\\");
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
