package dev.cofferdam.microvm.volume;

import dev.cofferdam.microvm.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, of {@code /proc/self/mountinfo} (proc(5)). Immutable. */
record MountTable(List<Entry> entries) {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  MountTable {
    entries = List.copyOf(entries);
  }

  /**
   * @param device major and minor number of the file system
   * @param root what of the file system is shown
   * @param point where
   */
  record Entry(String device, Path root, Path point, String type) {}

  /**
   * Where a path lies, whatever it is reached by.
   *
   * @param path inside the file system
   */
  record Place(String device, Path path, Entry mount) {}

  static MountTable read() {
    try {
      return parse(Files.readAllLines(MOUNT_INFO, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw Failures.io("reading " + MOUNT_INFO, e);
    }
  }

  static MountTable parse(List<String> lines) {
    return new MountTable(lines.stream().map(MountTable::entry).flatMap(Optional::stream).toList());
  }

  private static Optional<Entry> entry(String line) {
    String[] words = line.split(" ");
    int separator = List.of(words).indexOf("-");
    if (separator < 6 || words.length <= separator + 1 || !words[3].startsWith("/")) {
      return Optional.empty(); // such as net:[4026531840], which no volume lies in
    }
    return Optional.of(new Entry(words[2], path(words[3]), path(words[4]), words[separator + 1]));
  }

  private static Path path(String escaped) {
    Matcher matcher = ESCAPED.matcher(escaped);
    String bytes =
        matcher.replaceAll(
            m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
    byte[] raw = bytes.getBytes(StandardCharsets.ISO_8859_1);
    return Path.of(new String(raw, StandardCharsets.UTF_8));
  }

  /**
   * Where an absolute path without symbolic links lies; of mounts on one point, the last counts.
   */
  Optional<Place> place(Path path) {
    Entry found = null;
    for (Entry entry : entries) {
      boolean deeper = found == null || entry.point.getNameCount() >= found.point.getNameCount();
      if (path.startsWith(entry.point) && deeper) {
        found = entry;
      }
    }
    if (found == null) {
      return Optional.empty();
    }
    Path inside = found.root.resolve(found.point.relativize(path)).normalize();
    return Optional.of(new Place(found.device, inside, found));
  }

  /** Whether anything is mounted below a folder. */
  boolean mountsBelow(Path path) {
    return entries.stream().anyMatch(e -> e.point.startsWith(path) && !e.point.equals(path));
  }
}
