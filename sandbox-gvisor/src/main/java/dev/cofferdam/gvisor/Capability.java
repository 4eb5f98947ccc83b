package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Collection;
import java.util.List;

/** Linux's capabilities as bits ({@code include/uapi/linux/capability.h}, in its order). */
final class Capability {
  private static final List<String> NAMES =
      List.of(
          "CHOWN",
          "DAC_OVERRIDE",
          "DAC_READ_SEARCH",
          "FOWNER",
          "FSETID",
          "KILL",
          "SETGID",
          "SETUID",
          "SETPCAP",
          "LINUX_IMMUTABLE",
          "NET_BIND_SERVICE",
          "NET_BROADCAST",
          "NET_ADMIN",
          "NET_RAW",
          "IPC_LOCK",
          "IPC_OWNER",
          "SYS_MODULE",
          "SYS_RAWIO",
          "SYS_CHROOT",
          "SYS_PTRACE",
          "SYS_PACCT",
          "SYS_ADMIN",
          "SYS_BOOT",
          "SYS_NICE",
          "SYS_RESOURCE",
          "SYS_TIME",
          "SYS_TTY_CONFIG",
          "MKNOD",
          "LEASE",
          "AUDIT_WRITE",
          "AUDIT_CONTROL",
          "SETFCAP",
          "MAC_OVERRIDE",
          "MAC_ADMIN",
          "SYSLOG",
          "WAKE_ALARM",
          "BLOCK_SUSPEND",
          "AUDIT_READ",
          "PERFMON",
          "BPF",
          "CHECKPOINT_RESTORE");

  private Capability() {}

  /**
   * The set as a bit mask, without CAP_NET_RAW: containers don't get it without {@code --net-raw}
   * either.
   */
  static long mask(Collection<String> capabilities) {
    long mask = 0;
    for (String capability : capabilities) {
      int bit = NAMES.indexOf(capability.replaceFirst("^CAP_", ""));
      if (bit < 0) {
        throw new SandboxException(
            ErrorCode.INVALID_ARGUMENT, "unknown capability `" + capability + "`");
      }
      mask |= 1L << bit;
    }
    return mask & ~(1L << NAMES.indexOf("NET_RAW"));
  }
}
