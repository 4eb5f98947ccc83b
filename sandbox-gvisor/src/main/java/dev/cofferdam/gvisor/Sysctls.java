package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The kernel parameters of a pod. gVisor has a few that can be set; of the others most are files
 * with a number in them that nothing heeds, so a pod that asks for one is refused rather than told
 * that it has it.
 */
final class Sysctls {
  /** What runsc heeds of {@code linux.sysctl}: runsc/boot/loader.go, runsc/sandbox/sandbox.go. */
  private static final Set<String> BY_RUNSC =
      Set.of("fs.nr_open", "net.ipv6.conf.all.disable_ipv6");

  /**
   * Files that the sentry lets one write: pkg/sentry/fsimpl/proc/tasks_sys.go. Without {@code
   * ip_forward}, which each mount of /proc remembers for itself: the containers would read 0.
   */
  private static final Set<String> BY_FILE =
      Set.of(
          "fs.mount-max",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.tcp_recovery",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_sack",
          "net.ipv4.tcp_wmem");

  /**
   * What is so in every sandbox, though no file says it: netstack asks nobody for a privilege to
   * bind a low port or to ping (pkg/sentry/socket/netstack has no such check).
   */
  private static final Map<String, String> ALWAYS =
      Map.of(
          "net.ipv4.ip_unprivileged_port_start", "0",
          "net.ipv4.ping_group_range", "0 2147483647");

  private static final int EINVAL = 22;

  private Sysctls() {}

  /**
   * Refuses what a sandbox could not be given.
   *
   * @throws SandboxException UNSUPPORTED
   */
  static void require(SandboxSpec spec) {
    boolean nodesNetwork = spec.networkNamespace().isEmpty();
    new TreeMap<>(spec.sysctls())
        .forEach(
            (name, value) -> {
              if (nodesNetwork && name.startsWith("net.")) {
                throw unsupported(name, "is the node's own, as the pod uses the node's network");
              }
              boolean known = BY_RUNSC.contains(name) || BY_FILE.contains(name);
              String always = ALWAYS.get(name);
              if (always != null && !always.equals(words(value))) {
                throw unsupported(name, "is always \"" + always + "\" in gVisor");
              }
              if (!known && always == null) {
                throw unsupported(name, "cannot be set in gVisor");
              }
            });
  }

  private static String words(String value) {
    return value.strip().replaceAll("\\s+", " ");
  }

  private static SandboxException unsupported(String name, String why) {
    return new SandboxException(
        ErrorCode.UNSUPPORTED, "the kernel parameter " + name + " " + why + ": leave it out");
  }

  /**
   * Sets those that have a file, in the root container of a sandbox that has just started.
   *
   * @throws SandboxException INVALID_ARGUMENT for a value that the sentry does not take
   */
  static void set(SandboxSpec spec, Control control, Layout layout, Deadline deadline) {
    new TreeMap<>(spec.sysctls())
        .forEach(
            (name, value) -> {
              if (BY_FILE.contains(name)) {
                require(name, value, write(name, value, control, layout, deadline));
              }
            });
  }

  private static int write(
      String name, String value, Control control, Layout layout, Deadline deadline) {
    ProcessSpec writer =
        new ProcessSpec(
            List.of(
                TinyProgram.write().path(), "/proc", "/proc/sys/" + name.replace('.', '/'), value),
            List.of(),
            "/",
            ProcessSpec.User.ROOT,
            Set.of(),
            Set.of(),
            true,
            false);
    try (ExecProcess run = control.exec(Layout.ROOT_CONTAINER, writer, layout, deadline)) {
      return run.awaitExit().code();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while setting the kernel parameter " + name, e);
    }
  }

  private static void require(String name, String value, int errno) {
    if (errno != 0) {
      throw new SandboxException(
          errno == EINVAL ? ErrorCode.INVALID_ARGUMENT : ErrorCode.PROGRAM_FAILED,
          "gVisor does not take \"%s\" for the kernel parameter %s (errno %d)"
              .formatted(value, name, errno));
    }
  }
}
