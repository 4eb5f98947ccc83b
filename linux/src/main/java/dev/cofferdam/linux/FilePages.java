package dev.cofferdam.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pages of this process that are nothing but a view of a file: the JVM's text, its class archives.
 */
public final class FilePages {
  private static final Path SMAPS = Path.of("/proc/self/smaps");
  private static final int MADV_DONTNEED = 4;

  /**
   * {@code start-end perms offset device inode path}, of a mapping that cannot be written to, of a
   * file that the JVM maps for as long as it lives: the place of any other could be somebody's
   * memory by the time we come to it.
   */
  private static final Pattern UNWRITABLE_FILE =
      Pattern.compile(
          "([0-9a-f]+)-([0-9a-f]+) r-[x-][ps] [0-9a-f]+ [0-9a-f:]+ [1-9][0-9]* +"
              + "/.*/(libjvm\\.so|modules|[^/]+\\.(jsa|aot))");

  private static final Pattern ANONYMOUS = Pattern.compile("Anonymous: +([0-9]+) kB");

  private final List<Mapping> mappings;

  private record Mapping(long start, long length) {}

  private FilePages(List<Mapping> mappings) {
    this.mappings = List.copyOf(mappings);
  }

  /** Those of this process. They stay where they are, so this need be asked only once. */
  public static FilePages find() throws IOException {
    List<Mapping> found = new ArrayList<>();
    Matcher mapping = null;
    for (String line : lines()) {
      Matcher head = UNWRITABLE_FILE.matcher(line);
      Matcher anonymous = ANONYMOUS.matcher(line);
      if (head.matches()) {
        mapping = head;
      } else if (isHead(line)) {
        mapping = null;
      } else if (mapping != null && anonymous.matches() && anonymous.group(1).equals("0")) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        found.add(new Mapping(start, Long.parseUnsignedLong(mapping.group(2), 16) - start));
      }
    }
    return new FilePages(found);
  }

  /**
   * Takes these pages out of this process; those that are used come back from the page cache at the
   * first touch. Loading reads much that is never looked at again. Nothing can be lost: a mapping
   * that may be written to, has a page of its own, or may go away meanwhile is left alone. Little
   * must run for it, for what runs comes back.
   *
   * @return bytes of the mappings that were let go of
   */
  public long drop() throws IOException {
    long dropped = 0;
    for (Mapping mapping : mappings) {
      Errno.check(
          Syscall.MADVISE.call(mapping.start, mapping.length, MADV_DONTNEED),
          "let go of the pages at " + Long.toHexString(mapping.start));
      dropped += mapping.length;
    }
    return dropped;
  }

  private static List<String> lines() throws IOException {
    return Files.readAllLines(SMAPS, StandardCharsets.ISO_8859_1);
  }

  private static boolean isHead(String line) {
    int blank = line.indexOf(' ');
    return blank > 0 && line.lastIndexOf('-', blank) > 0 && !line.startsWith("Vm");
  }
}
