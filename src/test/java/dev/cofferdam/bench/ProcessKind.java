package dev.cofferdam.bench;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a process is for. */
enum ProcessKind {
  /** Cofferdam's own two processes a node: not one more with each pod. */
  JVM("the shim's JVM"),
  KEEPER("keeper"),
  /** Another build's, which stands in the peer's place. */
  OTHER_JVM("the other build's JVM"),
  /** One a container, of containerd's. */
  SHIM("shim"),
  WAIT("runsc wait"),
  GOFER("gofer"),
  SANDBOX("sandbox"),
  /** What the sandbox runs the workload's code in. */
  STUB("stubs"),
  RUNSC("other runsc"),
  /** Of a microVM: the monitor holds the guest. */
  MONITOR("monitor"),
  VSOCK("vsock device"),
  FILES("file service"),
  CONSOLE("console"),
  CONTAINERD("containerd");

  private final String title;

  ProcessKind(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** Whether each pod adds to it. */
  boolean perPod() {
    return switch (this) {
      case JVM, KEEPER, OTHER_JVM, CONTAINERD -> false;
      case SHIM, WAIT, GOFER, SANDBOX, STUB, RUNSC, MONITOR, VSOCK, FILES, CONSOLE -> true;
    };
  }

  /** By its command line; empty for a stranger, such as a sandbox's child. */
  static Optional<ProcessKind> of(List<String> command) {
    if (command.isEmpty()) {
      return Optional.empty();
    }
    String program = command.getFirst().substring(command.getFirst().lastIndexOf('/') + 1);
    return Optional.ofNullable(
        switch (program) {
          case "containerd" -> CONTAINERD;
          case "cofferdam-keeper" -> KEEPER;
          case "containerd-shim-runsc-v1", "containerd-shim-runc-v2" -> SHIM;
          case "runsc-gofer" -> GOFER;
          case "runsc-sandbox" -> SANDBOX;
          case "qemu-system-x86_64" -> MONITOR;
          case "vhost-device-vsock" -> VSOCK;
          case "cofferdam-files" -> FILES;
          case "head" -> CONSOLE;
          case "runsc" -> runsc(command);
          case "java" -> java(command);
          default -> null;
        });
  }

  private static @Nullable ProcessKind java(List<String> command) {
    if (!command.contains("dev.cofferdam.shim.cli.Cofferdam")) {
      return null;
    }
    return command.contains("socket=" + OtherBuild.socket()) ? OTHER_JVM : JVM;
  }

  private static ProcessKind runsc(List<String> command) {
    if (command.contains("wait")) {
      return WAIT;
    }
    return command.contains("gofer") ? GOFER : command.contains("boot") ? SANDBOX : RUNSC;
  }
}
