package dev.cofferdam.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The virtual machine itself: QEMU, without hardware's help, with an AMD processor's SVM in it. */
final class VmMachine {
  private static final String NAME = "vm-node";

  /** Names the folder of the image; dev/lib/node-image makes it. */
  private static final String IMAGE = "COFFERDAM_NODE_IMAGE";

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final String MEMORY_MIB = Integer.getInteger("cofferdam.vm.memory", 2560) + "";

  private static final Pattern MHZ = Pattern.compile("cpu MHz\\s*:\\s*(\\d+)\\.(\\d{3})");

  /*
   * tsc_early_khz, tsc: an emulated processor counts at the host's rate, and a guest left to find
   * that out fails, for its timers are late. mitigations, nowatchdog: there is nothing to protect,
   * and a busy host is no fault of the guest's. net.ifnames: the seed names eth0.
   */
  private static final String PARAMETERS =
      "root=/dev/vda rw console=ttyS0 net.ifnames=0 tsc=reliable mitigations=off nowatchdog"
          + " rcupdate.rcu_cpu_stall_suppress=1 systemd.show_status=1"
          + " systemd.default_timeout_start_sec=600 quiet";

  private final int cpus;
  private final Path folder;
  private final Path logs;
  private final Daemons daemons;
  private final LabShell shell;
  private final VmShelf shelf;

  VmMachine(int cpus, Path folder, Path logs, Daemons daemons, LabShell shell, VmShelf shelf) {
    this.cpus = cpus;
    this.folder = folder;
    this.shelf = shelf;
    this.logs = logs;
    this.daemons = daemons;
    this.shell = shell;
  }

  Path serialLog() {
    return logs.resolve("vm-node-serial.log");
  }

  boolean running() {
    return daemons.running(NAME);
  }

  /** Fails at once if the machine ends meanwhile. */
  void await(Duration timeout, BooleanSupplier condition) {
    daemons
        .find(NAME)
        .orElseThrow(() -> new LabException("the virtual machine is not running"))
        .await(timeout, condition);
  }

  void start(Path seed) throws IOException {
    Path image = image();
    Path disk = folder.resolve("disk.img");
    // As sparse as the image is.
    Command.run(
            TIMEOUT,
            List.of(
                "cp",
                "--sparse=always",
                "--reflink=auto",
                image.resolve("disk.img").toString(),
                disk.toString()))
        .orThrow();
    shelf.prepare();
    connect();
    daemons.start(NAME, command(image, disk, seed));
  }

  /**
   * A tap on the first node's network. A bridge takes the lowest address of its ports unless told.
   */
  private void connect() {
    shell
        .run(
            "sh",
            "-ec",
            """
            ip link show vm0 > /dev/null 2>&1 || ip tuntap add vm0 mode tap
            ip link set node0 address "$(ip -o link show node0 | sed 's/.*ether \\([^ ]*\\).*/\\1/')"
            ip link set vm0 master node0 up
            ip route replace "$0" via "$1"
            """,
            VmNode.POD_SUBNET,
            VmNode.IP)
        .orThrow();
  }

  private List<String> command(Path image, Path disk, Path seed) {
    return List.of(
        "qemu-system-x86_64",
        "-name",
        "vm-node",
        "-M",
        "q35",
        "-accel",
        "tcg,thread=multi,tb-size=512",
        // Five levels of page tables make every miss of the emulated TLB dearer.
        "-cpu",
        "max,la57=off",
        "-smp",
        Integer.toString(cpus),
        "-m",
        MEMORY_MIB,
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
        "-kernel",
        image.resolve("vmlinux").toString(),
        "-initrd",
        image.resolve("initramfs.cpio").toString(),
        "-append",
        PARAMETERS + " tsc_early_khz=" + kilohertz(),
        "-drive",
        "if=virtio,format=raw,cache=unsafe,file=" + disk,
        "-drive",
        "if=virtio,format=raw,read-only=on,file=" + seed,
        "-drive",
        "if=virtio,format=raw,read-only=on,file=" + shelf.file(),
        "-netdev",
        "tap,id=n0,ifname=vm0,script=no,downscript=no,vhost=off",
        "-device",
        "virtio-net-pci,netdev=n0,mac=52:54:00:89:00:02",
        "-device",
        "virtio-rng-pci",
        "-serial",
        "file:" + serialLog());
  }

  private static Path image() {
    String image = System.getenv(IMAGE);
    if (image == null || !Files.exists(Path.of(image, "disk.img"))) {
      throw new LabException(IMAGE + " names no image of a node: run dev/lib/node-image");
    }
    return Path.of(image);
  }

  private static long kilohertz() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .map(MHZ::matcher)
          .filter(Matcher::matches)
          .map(m -> Long.parseLong(m.group(1)) * 1000 + Long.parseLong(m.group(2)))
          .findFirst()
          .orElseThrow(() -> new LabException("/proc/cpuinfo tells no frequency"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
