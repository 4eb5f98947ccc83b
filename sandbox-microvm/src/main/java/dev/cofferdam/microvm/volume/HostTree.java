package dev.cofferdam.microvm.volume;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.MountTree;
import dev.cofferdam.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What is handed to the file service: files of the host, as a mount of their own. */
sealed interface HostTree {

  /** A folder. */
  record Folder(Path path, boolean readOnly, boolean recursiveReadOnly) implements HostTree {}

  /** Single files, since the root of a volume is always a folder. */
  record SingleFiles(List<Named> files) implements HostTree {
    public SingleFiles {
      files = List.copyOf(files);
    }
  }

  /** A file, under the name that it has in the volume. */
  record Named(String name, Path path, boolean readOnly) {}

  String FOLDER_PREFIX = "files-";

  /**
   * Makes the copy of the mounts; the caller closes it.
   *
   * @param workFolder of the sandbox: the place for a tmpfs that is gone again afterwards
   */
  default Fd open(Path workFolder) throws IOException {
    return switch (this) {
      case Folder folder -> folder(folder);
      case SingleFiles files -> singleFiles(files.files(), workFolder);
    };
  }

  private static Fd folder(Folder folder) throws IOException {
    Fd tree = MountTree.copy(folder.path(), true);
    try {
      MountTree.restrict(tree, MountTree.NO_DEVICES | MountTree.NO_LINKS, true);
      if (folder.readOnly()) {
        MountTree.restrict(tree, MountTree.READ_ONLY, folder.recursiveReadOnly());
      }
      return tree;
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private static Fd singleFiles(List<Named> files, Path workFolder) throws IOException {
    Path place = Files.createTempDirectory(workFolder, FOLDER_PREFIX);
    try {
      Mounts.mount("tmpfs", place, "tmpfs", Mounts.MS_NODEV, "size=64k,mode=755");
      // Else the copy would lose its files with the original.
      Mounts.setPropagation(place, Mounts.Propagation.PRIVATE);
      for (Named file : files) {
        Path point = Files.createFile(place.resolve(file.name()));
        Mounts.bind(file.path(), point, false);
        if (file.readOnly()) {
          Mounts.remountReadOnly(point);
        }
      }
      Fd tree = MountTree.copy(place, true);
      MountTree.restrict(tree, MountTree.NO_DEVICES | MountTree.NO_LINKS, true);
      MountTree.restrict(tree, MountTree.READ_ONLY, false); // nothing is added to the tmpfs
      return tree;
    } finally {
      remove(place);
    }
  }

  /** What a predecessor that was killed in {@link #open} has left. */
  static void sweep(Path workFolder) throws IOException {
    List<Path> left;
    try (Stream<Path> entries = Files.list(workFolder)) {
      left = entries.filter(e -> e.getFileName().toString().startsWith(FOLDER_PREFIX)).toList();
    }
    for (Path place : left) {
      if (Files.isDirectory(place)) {
        remove(place);
      }
    }
  }

  private static void remove(Path place) throws IOException {
    Mounts.unmount(place, true);
    Files.deleteIfExists(place);
  }
}
