package dev.cofferdam.microvm.monitor;

import dev.cofferdam.linux.Trees;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that a monitor's user is given, and what monitors write. */
public final class MonitorFiles {
  private static final int LONGEST_WORDS = 2000;

  private MonitorFiles() {}

  /** A folder of that user's own, where others see nothing. */
  public static void makeFolder(Path folder, int user) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    give(folder, user);
  }

  /** Makes a user and his group the owners of a file. */
  public static void give(Path file, int user) throws IOException {
    Files.setAttribute(file, "unix:uid", user);
    Files.setAttribute(file, "unix:gid", user);
  }

  /** Removes a folder with all in it; nothing where there is none. Others may be removing too. */
  public static void remove(Path tree) throws IOException {
    Trees.delete(tree);
  }

  /** {@code ; its monitor's log: …}, or nothing where the monitor has said nothing. */
  public static String lastWords(MachineFolder folder) {
    String words = words(folder.log());
    return words.isBlank() ? "" : "; its monitor's log: " + words;
  }

  /** The last that a program said, on one line; blank if nothing. */
  public static String words(Path log) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long length = file.length();
      file.seek(Math.max(0, length - LONGEST_WORDS));
      byte[] end = new byte[(int) Math.min(length, LONGEST_WORDS)];
      file.readFully(end);
      return new String(end, StandardCharsets.UTF_8).strip().replaceAll("\\s*\\R\\s*", "; ");
    } catch (IOException e) {
      return "";
    }
  }
}
