package dev.cofferdam.gvisor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * A read-only root file system as one file, in EROFS: the sentry reads that itself, where a folder
 * needs a gofer, a process of 5 MiB that takes 20 ms of a processor to start. Holds programs and
 * empty folders to mount on. Layout of the bytes: {@code fs/erofs/erofs_fs.h} of Linux, plain files
 * and compact inodes only.
 */
final class RootImage {
  private static final int BLOCK_BITS = 12;
  private static final int BLOCK = 1 << BLOCK_BITS;
  private static final int SUPERBLOCK = 1024;
  private static final int SUPERBLOCK_SIZE = 128;
  private static final int MAGIC = 0xe0f5e1e2;
  private static final int INODE_SIZE = 32;
  private static final int DIRENT_SIZE = 12;

  /** Inodes are numbered by their place; the first one follows the superblock. */
  private static final int ROOT = (SUPERBLOCK + SUPERBLOCK_SIZE) / INODE_SIZE;

  private static final int REGULAR = 1;
  private static final int FOLDER = 2;
  private static final int REGULAR_MODE = 0100555;
  private static final int FOLDER_MODE = 0040555;

  /** What runsc mounts over in every container (runsc/boot/vfs.go), and the cgroups' place. */
  private static final List<String> MOUNT_POINTS =
      List.of("dev", "proc", "sys", "tmp", ContainerCgroup.MOUNT.substring(1));

  private final byte[] bytes;

  private RootImage(byte[] bytes) {
    this.bytes = bytes;
  }

  static RootImage of(TinyProgram... programs) {
    // In the order of their names, as a folder's entries must be.
    Map<String, byte[]> entries = new TreeMap<>();
    MOUNT_POINTS.forEach(name -> entries.put(name, new byte[0]));
    for (TinyProgram program : programs) {
      entries.put(program.path().substring(1), program.image());
    }
    int blocks = 2 + entries.size(); // inodes; the root's entries; one for each entry
    ByteBuffer image = ByteBuffer.allocate(blocks * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    superblock(image, entries.size() + 1, blocks);

    Map<String, Entry> root = new TreeMap<>(Map.of(".", new Entry(ROOT, FOLDER)));
    root.put("..", new Entry(ROOT, FOLDER));
    int nid = ROOT;
    int block = 2;
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      nid++;
      image.position(block * BLOCK);
      if (MOUNT_POINTS.contains(entry.getKey())) {
        Map<String, Entry> empty =
            new TreeMap<>(Map.of(".", new Entry(nid, FOLDER), "..", new Entry(ROOT, FOLDER)));
        inode(image, nid, FOLDER_MODE, 2, folder(image, empty), block);
        root.put(entry.getKey(), new Entry(nid, FOLDER));
      } else {
        image.put(entry.getValue());
        inode(image, nid, REGULAR_MODE, 1, entry.getValue().length, block);
        root.put(entry.getKey(), new Entry(nid, REGULAR));
      }
      block++;
    }
    image.position(BLOCK);
    inode(image, ROOT, FOLDER_MODE, 2 + MOUNT_POINTS.size(), folder(image, root), 1);
    return new RootImage(image.array());
  }

  private record Entry(int nid, int type) {}

  private static void superblock(ByteBuffer image, int inodes, int blocks) {
    image.position(SUPERBLOCK);
    image.putInt(MAGIC).putInt(0).putInt(0); // no checksum, no features
    image.put((byte) BLOCK_BITS).put((byte) 0).putShort((short) ROOT).putLong(inodes);
    image.putLong(0).putInt(0); // built at
    image.putInt(blocks).putInt(0).putInt(0); // inodes begin in block 0; no extended attributes
  }

  private static void inode(ByteBuffer image, int nid, int mode, int links, int size, int block) {
    ByteBuffer inode = image.slice(nid * INODE_SIZE, INODE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    inode.putShort((short) 0).putShort((short) 0); // compact, plain; no extended attributes
    inode.putShort((short) mode).putShort((short) links).putInt(size).putInt(0);
    inode.putInt(block).putInt(nid - ROOT + 1);
  }

  /** Writes a folder's entries: all heads, then all names. Gives their length. */
  private static int folder(ByteBuffer image, Map<String, Entry> entries) {
    int start = image.position();
    int name = entries.size() * DIRENT_SIZE;
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      image.putLong(entry.getValue().nid()).putShort((short) name);
      image.put((byte) entry.getValue().type()).put((byte) 0);
      name += entry.getKey().length();
    }
    entries.keySet().forEach(key -> image.put(key.getBytes(StandardCharsets.US_ASCII)));
    return image.position() - start;
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /** Writes it, unless it is there, into a file whose name says what is in it. */
  Path install(Path folder) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    Path target = folder.resolve(String.format(Locale.ROOT, "image-%08x.erofs", sum.getValue()));
    if (!Files.exists(target)) {
      Files.createDirectories(folder);
      // Written aside and renamed: another sandbox may be starting from the same file.
      Path temporary = Files.createTempFile(folder.getParent(), "image", ".tmp");
      Files.write(temporary, bytes);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    return target;
  }
}
