package dev.cofferdam.shim.rootfs;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.RootedFiles;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An image's {@code /etc/passwd} and {@code /etc/group}. The image may be hostile: links are
 * followed inside the root only, nothing but a plain file is opened, and no more than a bound is
 * read. Lines that make no sense are passed over, as the C library does.
 */
final class AccountFiles {
  private static final int MAX_BYTES = 8 << 20;
  private static final int USER_FIELDS = 4;
  private static final int GROUP_FIELDS = 3;

  private final Path root;

  AccountFiles(Path root) {
    this.root = root;
  }

  record User(String name, long uid, long gid) {}

  record Group(String name, long gid, List<String> members) {
    public Group {
      members = List.copyOf(members);
    }
  }

  List<User> users() {
    List<User> users = new ArrayList<>();
    for (String line : lines("etc/passwd")) {
      String[] fields = line.split(":", -1);
      if (fields.length >= USER_FIELDS && isId(fields[2]) && isId(fields[3])) {
        users.add(new User(fields[0], Long.parseLong(fields[2]), Long.parseLong(fields[3])));
      }
    }
    return users;
  }

  List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (String line : lines("etc/group")) {
      String[] fields = line.split(":", -1);
      if (fields.length >= GROUP_FIELDS && isId(fields[2])) {
        List<String> members = fields.length > 3 ? List.of(fields[3].split(",")) : List.of();
        groups.add(new Group(fields[0], Long.parseLong(fields[2]), members));
      }
    }
    return groups;
  }

  /** Whether it is a number that may be a user or group: up to 2³¹−1, as runc has it. */
  static boolean isId(String text) {
    return text.matches("\\d{1,10}") && Long.parseLong(text) <= Integer.MAX_VALUE;
  }

  private List<String> lines(String path) {
    try (Fd fd = RootedFiles.open(root, path, Fd.O_PATH)) {
      Path opened = Path.of("/proc/self/fd/" + fd.number());
      if (!Files.isRegularFile(opened)) {
        throw new SandboxException(
            ErrorCode.INVALID_ARGUMENT, "the image's /" + path + " is not a file");
      }
      try (InputStream in = Files.newInputStream(opened)) {
        byte[] text = in.readNBytes(MAX_BYTES + 1);
        if (text.length > MAX_BYTES) {
          throw new SandboxException(
              ErrorCode.INVALID_ARGUMENT,
              "the image's /" + path + " is longer than " + MAX_BYTES + " bytes");
        }
        return new String(text, StandardCharsets.UTF_8).lines().map(String::strip).toList();
      }
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return List.of();
      }
      throw unreadable(path, e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static SandboxException unreadable(String path, IOException e) {
    return new SandboxException(
        ErrorCode.INVALID_ARGUMENT, "cannot read the image's /" + path + ": " + e.getMessage(), e);
  }
}
