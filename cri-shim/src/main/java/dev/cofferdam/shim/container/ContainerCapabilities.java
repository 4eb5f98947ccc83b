package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.Capability;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.shim.live.Invalid;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A container's capabilities, out of containerd's default set and what kubelet adds and drops. */
final class ContainerCapabilities {
  private static final String ALL_OF_THEM = "ALL";

  /** Every capability of capabilities(7). */
  static final Set<String> ALL =
      named(
          "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
              + " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK"
              + " IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN"
              + " SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE"
              + " AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND"
              + " AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE");

  /** What a container has that asks for nothing: containerd's list. */
  static final Set<String> DEFAULT =
      named(
          "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP"
              + " NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE");

  private ContainerCapabilities() {}

  static Set<String> of(LinuxContainerSecurityContext security) {
    if (security.getPrivileged()) {
      return ALL;
    }
    Capability asked = security.getCapabilities();
    Set<String> result = new HashSet<>(DEFAULT);
    if (mentionsAll(asked.getAddCapabilitiesList())) {
      result = new HashSet<>(ALL);
    }
    if (mentionsAll(asked.getDropCapabilitiesList())) {
      result.clear();
    }
    result.addAll(each(asked.getAddCapabilitiesList(), "add_capabilities"));
    result.removeAll(each(asked.getDropCapabilitiesList(), "drop_capabilities"));
    return Set.copyOf(result);
  }

  static Set<String> ambient(LinuxContainerSecurityContext security) {
    return each(
        security.getCapabilities().getAddAmbientCapabilitiesList(), "add_ambient_capabilities");
  }

  private static boolean mentionsAll(List<String> names) {
    return names.stream().anyMatch(ALL_OF_THEM::equalsIgnoreCase);
  }

  private static Set<String> each(List<String> names, String field) {
    return names.stream()
        .filter(name -> !ALL_OF_THEM.equalsIgnoreCase(name))
        .map(name -> known(name, field))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String known(String name, String field) {
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
    if (!ALL.contains(full)) {
      throw Invalid.argument(
          "config.linux.security_context.capabilities." + field,
          "there is no capability \"" + name + "\"");
    }
    return full;
  }

  private static Set<String> named(String names) {
    return List.of(names.split(" ", -1)).stream()
        .map(name -> "CAP_" + name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
