package dev.cofferdam.microvm.standin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.microvm.monitor.Console;
import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.monitor.ReadySocket;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.qemu.Acceleration;
import dev.cofferdam.microvm.qemu.QemuMonitor;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A guest in QEMU, with the stand-in's working directory for its jail. Paths are relative to it,
 * which keeps sockets' addresses short.
 */
final class QemuBehind implements Behind {
  private static final long MIB = 1 << 20;
  private static final Path RUN = Path.of("run");

  /**
   * Whom the jailer would have made this process. It stays root, for QEMU wants to become him by
   * itself.
   */
  private static final int USER =
      Integer.parseInt(Objects.requireNonNull(System.getenv("STAND_IN_USER")));

  /** The driver listens already, where the real one's guest would connect to. */
  private static final ReadySocket NOT_HERE =
      new ReadySocket() {
        @Override
        public void listen(Path vsock, int user) {}
      };

  private final String id;
  private final Path jail = Path.of("").toAbsolutePath();
  private volatile @Nullable RunningMachine machine;

  QemuBehind(String id) {
    this.id = id;
  }

  private Path inJail(String path) {
    return jail.resolve(path.startsWith("/") ? path.substring(1) : path);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1));
  }

  @Override
  public boolean exists(String path) {
    return !path.isBlank() && Files.exists(inJail(path));
  }

  @Override
  public void start(Map<String, JsonNode> configuration) {
    try {
      // Firecracker makes its vsock's socket right there, and the driver's sockets lie beside it.
      Files.createSymbolicLink(RUN.resolve("device"), Path.of("."));
      MachineFolder folder = new MachineFolder(RUN, Path.of(""), id);
      List<Machine.Interface> interfaces =
          configuration.entrySet().stream()
              .filter(each -> each.getKey().startsWith("/network-interfaces/"))
              .map(Map.Entry::getValue)
              .map(
                  each ->
                      new Machine.Interface(
                          each.path("host_dev_name").asText(), each.path("guest_mac").asText()))
              .toList();
      JsonNode boot = Objects.requireNonNull(configuration.get("/boot-source"));
      JsonNode size = Objects.requireNonNull(configuration.get("/machine-config"));
      Machine asked =
          new Machine(
              folder,
              inJail(boot.path("kernel_image_path").asText()),
              inJail(boot.path("initrd_path").asText()),
              drive(configuration, "modules"),
              drive(configuration, "scratch"),
              size.path("mem_size_mib").asLong() * MIB,
              size.path("vcpu_count").asInt(),
              interfaces,
              Optional.empty(),
              Optional.empty(),
              USER);
      QemuMonitor monitor =
          new QemuMonitor(
              "qemu-system-x86_64",
              Objects.requireNonNull(System.getenv("COFFERDAM_VHOST_DEVICE_VSOCK")),
              Acceleration.EMULATED,
              32 * MIB,
              Path.of("placeholders").toAbsolutePath());
      RunningMachine started = monitor.boot(asked, NOT_HERE, soon());
      machine = started;
      endTogether(started.pid(), folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path drive(Map<String, JsonNode> configuration, String name) {
    JsonNode drive = Objects.requireNonNull(configuration.get("/drives/" + name));
    return inJail(drive.path("path_on_host").asText());
  }

  /** Firecracker is one process: where one of ours ends, the other does. */
  private static void endTogether(long qemu, MachineFolder folder) throws IOException {
    var _ = ProcessHandle.of(qemu).map(each -> each.onExit().thenRun(() -> end(folder)));
    long own = ProcessHandle.current().pid();
    String script = "while kill -0 " + own + " 2> /dev/null; do sleep 0.05; done; kill -9 " + qemu;
    var _ = new ProcessBuilder("/bin/sh", "-c", script).start();
  }

  private static void end(MachineFolder folder) {
    System.err.println(
        "stand-in: QEMU has ended" + MonitorFiles.lastWords(folder) + Console.lastWords(folder));
    Runtime.getRuntime().halt(1);
  }

  @Override
  public void changeDrive(String drive, String path) {
    int slot = Integer.parseInt(drive.substring("slot".length()));
    running().attach(slot, inJail(path), soon());
  }

  @Override
  public void pause() {
    running().pause(soon());
  }

  @Override
  public void resume() {
    running().resume(soon());
  }

  private RunningMachine running() {
    return Objects.requireNonNull(machine);
  }
}
