package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Kernel settings without a namespace that kubelet changes when it starts; put back by {@code
 * down}.
 */
final class HostSettings {
  private static final Path SYSCTL = Path.of("/proc/sys");
  private static final List<String> CHANGED_BY_KUBELET =
      List.of(
          "vm/overcommit_memory",
          "vm/panic_on_oom",
          "kernel/panic",
          "kernel/panic_on_oops",
          "kernel/keys/root_maxkeys",
          "kernel/keys/root_maxbytes");

  private final Path saved;

  HostSettings(LabDirectories directories) {
    saved = directories.root().resolve("host-settings");
  }

  void save() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String setting : CHANGED_BY_KUBELET) {
      Path file = SYSCTL.resolve(setting);
      if (Files.isWritable(file)) {
        lines.append(setting).append(' ').append(Files.readString(file).strip()).append('\n');
      }
    }
    Files.writeString(saved, lines);
  }

  void restore() throws IOException {
    if (!Files.exists(saved)) {
      return;
    }
    for (String line : Files.readAllLines(saved)) {
      String[] fields = line.split(" ", 2);
      Path file = SYSCTL.resolve(fields[0]);
      if (!Files.readString(file).strip().equals(fields[1])) {
        Files.writeString(file, fields[1]);
      }
    }
  }
}
