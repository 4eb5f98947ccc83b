package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Deleting folders with all in them, and nothing else. Each entry is reached through a descriptor
 * of its folder, so that nobody can put a link in its way, and nothing is reached through a mount:
 * what is mounted below is somebody's data, a volume or the machine's own root.
 */
public final class Trees {
  private static final int AT_REMOVEDIR = 0x200;

  private Trees() {}

  /**
   * Deletes a folder and all below it, or one file or link. Nothing where there is none, and others
   * may be deleting too.
   *
   * @throws LinuxException EXDEV or EBUSY, with all else that was passed before it deleted, where
   *     something is mounted on it or below
   * @throws IllegalArgumentException for an entry of the root folder: no caller means that
   */
  public static void delete(Path tree) throws IOException {
    Path absolute = tree.toAbsolutePath().normalize();
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    if (folder == null || folder.getNameCount() == 0 || name == null) {
      throw new IllegalArgumentException(absolute + " is the machine's own: it is not deleted");
    }
    try (Fd parent = Fd.open(folder, Fd.O_PATH | Fd.O_DIRECTORY, 0)) {
      delete(parent, name.toString(), absolute);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private static void delete(Fd folder, String name, Path place) throws IOException {
    long result = unlink(folder, name, 0);
    if (Errno.EISDIR.is(result)) {
      empty(folder, name, place);
      result = unlink(folder, name, AT_REMOVEDIR);
    }
    if (!Errno.ENOENT.is(result)) {
      Errno.check(result, "delete " + place);
    }
  }

  private static void empty(Fd parent, String name, Path place) throws IOException {
    try (Fd folder = RootedFiles.openOnSameMount(parent, name, place)) {
      List<String> entries = new ArrayList<>();
      Path open = Path.of("/proc/self/fd", Integer.toString(folder.number()));
      try (DirectoryStream<Path> listed = Files.newDirectoryStream(open)) {
        listed.forEach(entry -> entries.add(String.valueOf(entry.getFileName())));
      }
      for (String entry : entries) {
        delete(folder, entry, place.resolve(entry));
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private static long unlink(Fd folder, String name, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return folder.on(Syscall.UNLINKAT, arena.allocateFrom(name).address(), flags);
    }
  }
}
