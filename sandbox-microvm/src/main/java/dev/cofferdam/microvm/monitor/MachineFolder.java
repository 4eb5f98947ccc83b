package dev.cofferdam.microvm.monitor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a microVM lives on the host.
 *
 * @param runtime sockets and records; gone after a reboot, and short, because a socket's address is
 * @param disk what takes space: the scratch disk, a jail
 * @param name of the machine, on the command lines of its processes
 */
public record MachineFolder(Path runtime, Path disk, String name) {

  /** As much of an ID as goes into a path: the whole would not fit into a socket's address. */
  private static final int SHORT_ID = 32;

  /** {@code sun_path} of {@code unix(7)}, less its final NUL. */
  private static final int LONGEST_SOCKET_PATH = 107;

  /** The longest of the names below, with the port that a guest's own connections add. */
  private static final String LONGEST_SOCKET = "device/vsock.sock_1026";

  public static MachineFolder of(Path runtimeDirectory, SandboxSpec spec) {
    String id = spec.id().length() > SHORT_ID ? spec.id().substring(0, SHORT_ID) : spec.id();
    Path runtime = runtimeDirectory.resolve(id);
    int length = runtime.resolve(LONGEST_SOCKET).toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "runtime directory "
              + runtimeDirectory
              + " is too long for a Unix socket below it: use one that is shorter by "
              + (length - LONGEST_SOCKET_PATH)
              + " characters");
    }
    return new MachineFolder(runtime, spec.directory(), "cofferdam-" + id);
  }

  /** Sockets between the guest and the host, those of the guest's own connections among them. */
  public Path device() {
    return runtime.resolve("device");
  }

  /** The way to the guest's vsock ports. */
  public Path vsock() {
    return device().resolve("vsock.sock");
  }

  /** What the monitor says. */
  public Path log() {
    return disk.resolve("monitor.log");
  }

  /** What the guest says on its serial console. */
  public Path console() {
    return disk.resolve("console.log");
  }

  public Path scratch() {
    return disk.resolve("scratch.img");
  }
}
