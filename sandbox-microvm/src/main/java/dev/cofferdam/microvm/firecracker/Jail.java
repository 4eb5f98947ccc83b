package dev.cofferdam.microvm.firecracker;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * The folder that Firecracker sees as {@code /}. Files are put in as hard links, which need no
 * space and no mount; from another disk they are copied, holes left out.
 */
record Jail(Path root, int user) {

  /** Firecracker takes letters, digits and underscores. */
  static String slot(int slot) {
    return String.format(Locale.ROOT, "slot%02d", slot);
  }

  void make() throws IOException {
    Files.createDirectories(root.resolve("run"));
    MonitorFiles.give(root.resolve("run"), user);
  }

  /**
   * Shows a file in the jail, in place of what had that name.
   *
   * @return its path as Firecracker names it
   */
  String put(Path file, String name, boolean readOnly) throws IOException {
    Path inside = root.resolve(name);
    Path next = root.resolve(name + ".next");
    Files.deleteIfExists(next);
    try {
      Files.createLink(next, file);
    } catch (IOException e) {
      copySparse(file, next);
    }
    if (!readOnly) {
      MonitorFiles.give(next, user);
    }
    Files.move(next, inside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return "/" + name;
  }

  private static void copySparse(Path from, Path to) throws IOException {
    Process copy =
        new ProcessBuilder(
                "cp", "--sparse=always", "--reflink=auto", from.toString(), to.toString())
            .redirectErrorStream(true)
            .start();
    try {
      String words =
          new String(copy.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (copy.waitFor() != 0) {
        throw new IOException("cp " + from + " " + to + ": " + words.strip());
      }
    } catch (InterruptedException e) {
      copy.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying " + from, e);
    }
  }

  /**
   * The jailer makes device nodes and mounts in it, in a namespace of its own that ends with it.
   */
  static void unmount(Path root) throws IOException {
    Mounts.unmount(root, true);
  }
}
