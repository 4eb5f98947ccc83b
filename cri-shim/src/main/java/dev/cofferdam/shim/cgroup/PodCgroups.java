package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * The pods' cgroups: one for each sandbox below the parent that kubelet names, in every hierarchy.
 * Immutable, safe for use by many threads.
 */
public final class PodCgroups {
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(2);

  private static final int MAKE_ATTEMPTS = 5;

  /** As sd_booted(3) tells it. */
  private static final Path SYSTEMD = Path.of("/run/systemd/system");

  private final CgroupVersion version;
  private final Path systemd;

  /**
   * @param root where cgroups are mounted: {@code /sys/fs/cgroup}
   * @throws SandboxException UNSUPPORTED if no cgroups are mounted there
   */
  public PodCgroups(Path root) {
    this(root, SYSTEMD);
  }

  PodCgroups(Path root, Path systemd) {
    this.version = versionAt(root);
    this.systemd = systemd;
  }

  private static CgroupVersion versionAt(Path root) {
    if (CgroupV2.presentAt(root)) {
      return new CgroupV2(root);
    }
    CgroupV1 version1 = new CgroupV1(root);
    if (!version1.present()) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED, "no cgroups are mounted on " + root + ", neither version 1 nor 2");
    }
    return version1;
  }

  /**
   * Makes a sandbox's cgroup and sets its limits. May be repeated. If it fails, nothing is left. A
   * scope in a slice of systemd's is only named: systemd makes it for the sandbox's first process,
   * and takes it away after the last.
   *
   * @param cgroupParent as kubelet gave it; blank: {@code /cofferdam}
   * @return the path below each hierarchy's root, as {@code SandboxSpec.cgroup} wants it
   * @throws SandboxException INVALID_ARGUMENT for a bad parent or limit; UNSUPPORTED for a slice of
   *     systemd's where that can't be served, or a controller that the node doesn't have
   */
  public String create(String cgroupParent, String sandboxId, Resources resources) {
    String path = CgroupPath.of(cgroupParent, sandboxId);
    if (SystemdSlice.isScope(path)) {
      requireSystemd(cgroupParent);
      return path;
    }
    try {
      make(path);
      version.apply(path, resources);
      return path;
    } catch (SandboxException e) {
      try {
        version.delete(path, Deadline.after(UNDO_TIMEOUT));
      } catch (SandboxException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  private void requireSystemd(String parent) {
    String why =
        version instanceof CgroupV1
            ? "with cgroup version 1 only the cgroupfs driver is supported"
            : Files.isDirectory(systemd) ? "" : "no systemd runs here";
    if (!why.isEmpty()) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "cgroup parent \""
              + parent
              + "\" is a systemd slice, but "
              + why
              + ": set kubelet's cgroupDriver to cgroupfs");
    }
  }

  /**
   * Where {@link #create} makes a sandbox's cgroup, so that it can be written down beforehand.
   *
   * @throws SandboxException as for {@link #create}
   */
  public static String path(String cgroupParent, String sandboxId) {
    return CgroupPath.of(cgroupParent, sandboxId);
  }

  /** The default parent goes with its last child, which may be between our two steps. */
  private void make(String path) {
    for (int attempt = 1; ; attempt++) {
      try {
        version.create(path);
        return;
      } catch (SandboxException e) {
        boolean vanished = e.getCause() instanceof NoSuchFileException;
        if (!vanished || attempt == MAKE_ATTEMPTS || !CgroupPath.inDefaultParent(path)) {
          throw e;
        }
      }
    }
  }

  /** Sets limits; those that are zero or blank stay as they are. */
  public void update(String path, Resources resources) {
    version.apply(CgroupPath.checked(path), resources);
  }

  /**
   * What all processes in it use and used; memory is the working set, without file cache that the
   * kernel could take back at once.
   *
   * @throws SandboxException NOT_FOUND if there is no such cgroup
   */
  public Usage usage(String path) {
    return version.usage(CgroupPath.checked(path));
  }

  /**
   * What the kernel itself needs for the processes in it: stacks, page tables, open files, caches
   * of names. 0 where the kernel does not tell.
   *
   * @throws SandboxException NOT_FOUND if there is no such cgroup
   */
  public long kernelMemoryBytes(String path) {
    return version.kernelMemoryBytes(CgroupPath.checked(path));
  }

  /** IDs of the processes in it and in cgroups below it; none if it is gone. */
  public Set<Long> processes(String path) {
    return version.processes(CgroupPath.checked(path));
  }

  /** How many processes in it were killed for want of memory, since it was made. */
  public long oomKills(String path) {
    return version.oomKills(CgroupPath.checked(path));
  }

  /** Where there are cgroups of a sandbox of which only the ID is known. */
  public Set<String> find(String sandboxId) {
    return version.find(sandboxId);
  }

  /**
   * Removes it and every cgroup in it; no process is killed. Without effect if it is gone.
   *
   * @throws SandboxException WRONG_STATE if processes are still in it at the deadline
   */
  public void delete(String path, Deadline deadline) {
    String checked = CgroupPath.checked(path);
    version.delete(checked, deadline);
    if (CgroupPath.inDefaultParent(checked)) {
      version.deleteIfEmpty(CgroupPath.DEFAULT_PARENT);
    }
  }
}
