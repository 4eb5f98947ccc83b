package dev.cofferdam.microvm.firecracker;

import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jailer's command line, and the jail that it makes: {@code <base>/<name of the
 * program>/<id>/root}. The only place that knows either.
 */
record JailerCommand(Path jailer, Path firecracker, MachineFolder folder) {
  private static final String API_SOCKET = "run/api.sock";

  /** The machine's name has no dots or slashes, and at most 64 characters, as the jailer wants. */
  String id() {
    return folder.name();
  }

  Path base() {
    return folder.disk().resolve("jail");
  }

  Path jail() {
    return base().resolve(firecracker.getFileName()).resolve(id()).resolve("root");
  }

  Path apiSocket() {
    return jail().resolve(API_SOCKET);
  }

  /**
   * It is started in the pod's cgroup and network namespace already; its own {@code --cgroup} would
   * make one more, which nobody removes.
   */
  List<String> line(Machine machine) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of(jailer.toString(), "--id", id()));
    line.addAll(List.of("--exec-file", firecracker.toString()));
    line.addAll(List.of("--uid", Integer.toString(machine.user())));
    line.addAll(List.of("--gid", Integer.toString(machine.user())));
    line.addAll(List.of("--chroot-base-dir", base().toString()));
    machine.networkNamespace().ifPresent(path -> line.addAll(List.of("--netns", path.toString())));
    line.addAll(List.of("--", "--api-sock", "/" + API_SOCKET));
    return line;
  }
}
