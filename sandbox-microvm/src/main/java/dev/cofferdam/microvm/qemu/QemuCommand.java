package dev.cofferdam.microvm.qemu;

import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** QEMU's command line for a machine. The only place that knows it. */
final class QemuCommand {
  private QemuCommand() {}

  /**
   * Its end is wanted: QEMU ends with the guest instead of starting it anew. Errors go to the
   * serial console.
   */
  private static final String KERNEL_PARAMETERS =
      "quiet console=ttyS0 panic=-1 reboot=t random.trust_cpu=on mitigations=off";

  /** The bus of the slots that come when they are needed. */
  static final String SCSI_BUS = "scsi.0";

  private static final String SCSI = "scsi";

  static List<String> of(
      String program,
      Machine machine,
      Acceleration acceleration,
      long translationBytes,
      List<Path> slots,
      Path console) {
    MachineFolder folder = machine.folder();
    String memory = Long.toString(machine.memoryBytes());
    List<String> line = new ArrayList<>();
    line.add(program);
    option(line, "-name", folder.name() + ",process=qemu");
    option(line, "-M", "microvm,rtc=on,memory-backend=memory");
    option(line, "-accel", acceleration.accelerator(translationBytes));
    option(line, "-cpu", acceleration.cpu());
    option(line, "-smp", Integer.toString(machine.cpus()));
    option(line, "-m", memory + "B");
    // Shared, so that vhost-device-vsock sees it.
    option(line, "-object", "memory-backend-memfd,id=memory,share=on,size=" + memory + "B");
    line.addAll(List.of("-nodefaults", "-no-user-config", "-no-reboot"));
    option(line, "-display", "none");
    option(line, "-kernel", machine.kernel().toString());
    option(line, "-initrd", machine.initialRamFilesystem().toString());
    option(line, "-append", kernelParameters(acceleration));
    option(line, "-chardev", "file,id=console,path=" + console.toString().replace(",", ",,"));
    option(line, "-serial", "chardev:console");
    option(line, "-qmp", "unix:" + qmp(folder) + ",server=on,wait=off");
    option(line, "-pidfile", pidFile(folder).toString());
    option(
        line,
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=deny");
    option(line, "-runas", machine.user() + ":" + machine.user());
    option(line, "-chardev", "socket,id=vsock,path=" + vhost(folder));
    option(line, "-device", "vhost-user-vsock-device,chardev=vsock");
    // The guest tells by it which of its pages are free, and the host has them back.
    option(line, "-device", "virtio-balloon-device,free-page-reporting=on");
    drive(line, "modules", machine.modules(), true);
    drive(line, "scratch", machine.scratch(), false);
    for (int slot = 0; slot < slots.size(); slot++) {
      drive(line, slot(slot), slots.get(slot), true);
    }
    // For slots that are needed later; a machine microvm takes no other device while it runs.
    option(line, "-device", "virtio-scsi-device,id=" + SCSI);
    for (int number = 0; number < machine.interfaces().size(); number++) {
      Machine.Interface nic = machine.interfaces().get(number);
      option(
          line,
          "-netdev",
          "tap,id=net" + number + ",ifname=" + nic.tap() + ",script=no,downscript=no,vhost=off");
      option(line, "-device", "virtio-net-device,netdev=net" + number + ",mac=" + nic.mac());
    }
    return line;
  }

  private static String kernelParameters(Acceleration acceleration) {
    return switch (acceleration) {
      case KVM -> KERNEL_PARAMETERS;
      case EMULATED ->
          KERNEL_PARAMETERS + HostClock.kilohertz().map(khz -> " tsc_early_khz=" + khz).orElse("");
    };
  }

  private static void drive(List<String> line, String node, Path file, boolean readOnly) {
    String only = readOnly ? "on" : "off";
    option(
        line,
        "-blockdev",
        "raw,node-name="
            + node
            + ",read-only="
            + only
            + ",discard=unmap,file.driver=file,file.locking=off,file.filename="
            + file.toString().replace(",", ",,")
            + ",file.read-only="
            + only
            + ",file.discard=unmap");
    option(line, "-device", "virtio-blk-device,drive=" + node);
  }

  private static void option(List<String> line, String name, String value) {
    line.add(name);
    line.add(value);
  }

  static String slot(int slot) {
    return "slot" + slot;
  }

  static Path qmp(MachineFolder folder) {
    return folder.runtime().resolve("qmp.sock");
  }

  static Path vhost(MachineFolder folder) {
    return folder.device().resolve("vhost.sock");
  }

  static Path pidFile(MachineFolder folder) {
    return folder.runtime().resolve("qemu.pid");
  }
}
