package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The lab's second node: a virtual machine with systemd and cgroup version 2, emulated, on the
 * first node's network. Everything on it is slow; what is waited for has minutes. Not safe for use
 * by two threads at once.
 */
public final class VmNode {
  static final String IP = "10.89.0.2";

  /** kubelet's configuration, in the machine. */
  public static final String KUBELET_CONFIG = "/var/lib/kubelet/config.yaml";

  /** Where its pods are. */
  static final String POD_SUBNET = "10.245.0.0/16";

  private static final Duration BOOT_TIMEOUT = Duration.ofMinutes(12);
  private static final Duration READY_TIMEOUT = Duration.ofMinutes(12);
  private static final Duration SHOW_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(3);

  private final String name;
  private final LabShell shell;
  private final VmSeed seed;
  private final VmMachine machine;
  private final VmShell inside;
  private final VmShelf shelf;

  VmNode(
      String name,
      LabOptions options,
      LabDirectories directories,
      Daemons daemons,
      LabShell shell,
      Certificates certificates) {
    this.name = name;
    this.shell = shell;
    Path folder = directories.root().resolve("vm-node");
    inside = new VmShell(shell, folder);
    seed = new VmSeed(folder, name, certificates, inside);
    shelf = new VmShelf(folder, inside);
    machine = new VmMachine(options.vmCpus(), folder, directories.logs(), daemons, shell, shelf);
  }

  /** Name of the Node. */
  public String nodeName() {
    return name;
  }

  /** What its kernel and systemd say. */
  public Path serialLog() {
    return machine.serialLog();
  }

  boolean running() {
    return machine.running();
  }

  /** Starts the machine; it is not up when this returns. */
  void start() throws IOException {
    machine.start(seed.write());
  }

  /** Waits until commands can be run in it. */
  void awaitBoot() {
    machine.await(BOOT_TIMEOUT, () -> inside.run(DEFAULT_TIMEOUT, "true").ok());
  }

  /** Waits until the API server has the Node as ready. */
  public void awaitReady() {
    machine.await(READY_TIMEOUT, this::ready);
  }

  /** Whether the API server has the Node as ready. */
  public boolean ready() {
    return shell
        .run(
            "kubectl",
            "get",
            "node",
            name,
            "-o",
            "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")
        .out()
        .equals("True");
  }

  /** Runs a shell script in it, as root. */
  public Command.Result run(String script) {
    return inside.run(DEFAULT_TIMEOUT, script);
  }

  /** Runs a shell script in it, as root. */
  public Command.Result run(Duration timeout, String script) {
    return inside.run(timeout, script);
  }

  /**
   * Shows a folder's content of now in the machine, read-only, in place of what was shown before;
   * nothing may be in use of that. Gone after a reboot, until shown again.
   *
   * @param at a folder in the machine, made if it is not there
   */
  public void show(Path folder, String at) {
    shelf.show(SHOW_TIMEOUT, folder, at);
  }

  /** The boot that it runs: another one after a reboot. */
  public String bootId() {
    return run("cat /proc/sys/kernel/random/boot_id").orThrow().out().strip();
  }

  /** Restarts it in an orderly way and waits until it is another boot. */
  public void reboot() {
    String before = bootId();
    // The connection ends with it, whatever it says.
    var _ = run("systemctl reboot");
    inside.disconnect();
    machine.await(
        BOOT_TIMEOUT,
        () -> {
          Command.Result id = inside.run(DEFAULT_TIMEOUT, "cat /proc/sys/kernel/random/boot_id");
          return id.ok() && !id.out().strip().equals(before);
        });
  }

  /** {@link #run(String)} of a program with its arguments, quoted. */
  public Command.Result program(Duration timeout, List<String> command) {
    List<String> quoted = new ArrayList<>();
    command.forEach(word -> quoted.add("'" + word.replace("'", "'\\''") + "'"));
    return run(timeout, String.join(" ", quoted));
  }
}
