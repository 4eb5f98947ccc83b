package dev.cofferdam.shim.rootfs;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Turns users and groups by name into numbers, by the image's own files and by containerd's rules.
 * Immutable, safe for use by many threads.
 */
public final class Users {

  /**
   * The numbers that a process runs with.
   *
   * @param rootfs the container's root file system, mounted
   * @param user {@code uid}, {@code name}, {@code uid:gid}, {@code name:group}…; blank: root
   * @param runAsGroup instead of the user's own group
   * @param supplementalGroups beside the primary group
   * @param strict whether only these count, and the image's {@code /etc/group} doesn't
   * @return supplementary groups in order, with the primary group among them
   * @throws SandboxException INVALID_ARGUMENT if a name isn't in the image, or a number is out of
   *     range; a user's number need not be in it
   */
  public ProcessSpec.User resolve(
      Path rootfs,
      String user,
      Optional<Long> runAsGroup,
      List<Long> supplementalGroups,
      boolean strict) {
    String[] parts = (user.isBlank() ? "0" : user).split(":", -1);
    if (parts.length > 2 || parts[0].isEmpty() || parts[parts.length - 1].isEmpty()) {
      throw invalid("user \"" + user + "\" is not of the form user or user:group");
    }
    AccountFiles files = new AccountFiles(rootfs);
    AccountFiles.User account = account(files, parts[0]);
    Optional<String> group = parts.length == 2 ? Optional.of(parts[1]) : Optional.empty();
    long gid =
        runAsGroup
            .map(Users::checked)
            .orElseGet(() -> group.map(name -> gid(files, name)).orElse(account.gid()));
    TreeSet<Long> groups = new TreeSet<>();
    groups.add(gid);
    supplementalGroups.forEach(id -> groups.add(checked(id)));
    if (!strict && !account.name().isEmpty()) {
      files.groups().stream()
          .filter(entry -> entry.members().contains(account.name()))
          .filter(entry -> !entry.name().equals(account.name()))
          .forEach(entry -> groups.add(entry.gid()));
    }
    return new ProcessSpec.User(account.uid(), gid, List.copyOf(groups));
  }

  /** A number that the image doesn't know has no name, and root's group. */
  private static AccountFiles.User account(AccountFiles files, String user) {
    if (isNumber(user)) {
      long uid = number(user);
      return files.users().stream()
          .filter(entry -> entry.uid() == uid)
          .findFirst()
          .orElse(new AccountFiles.User("", uid, 0));
    }
    return files.users().stream()
        .filter(entry -> entry.name().equals(user))
        .findFirst()
        .orElseThrow(() -> invalid("user \"" + user + "\" is not in the image's /etc/passwd"));
  }

  private static long gid(AccountFiles files, String group) {
    if (isNumber(group)) {
      return number(group);
    }
    return files.groups().stream()
        .filter(entry -> entry.name().equals(group))
        .findFirst()
        .map(AccountFiles.Group::gid)
        .orElseThrow(() -> invalid("group \"" + group + "\" is not in the image's /etc/group"));
  }

  private static boolean isNumber(String text) {
    return text.matches("[+-]?\\d+");
  }

  private static long number(String text) {
    if (!AccountFiles.isId(text)) {
      throw invalid("user or group " + text + " is not between 0 and " + Integer.MAX_VALUE);
    }
    return Long.parseLong(text);
  }

  private static long checked(long id) {
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw invalid("group " + id + " is not between 0 and " + Integer.MAX_VALUE);
    }
    return id;
  }

  private static SandboxException invalid(String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
