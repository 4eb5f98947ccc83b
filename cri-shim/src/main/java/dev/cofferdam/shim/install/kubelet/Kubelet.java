package dev.cofferdam.shim.install.kubelet;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.host.HostProcesses.HostProcess;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The kubelet that runs on this node, by its command line.
 *
 * @param flags as {@code --name=value}; one whose value is a word of its own is joined to it
 */
public record Kubelet(long process, List<String> flags) {
  private static final String NAME = "kubelet";

  /** Distributions whose kubelet is a part of another program, which has containerd in it too. */
  private static final List<String> WHOLE = List.of("k3s", "rke2", "k0s");

  public Kubelet {
    flags = List.copyOf(flags);
  }

  /**
   * The one that runs.
   *
   * @throws SandboxException UNSUPPORTED with the reason, where it is none that can be told
   */
  public static Kubelet find(HostProcesses processes) throws IOException {
    List<HostProcess> all = processes.all();
    for (HostProcess process : all) {
      String name = baseName(process);
      for (String whole : WHOLE) {
        if (name.equals(whole) || name.startsWith(whole + "-")) {
          throw refused(
              ("%s runs here (process %d), whose containerd stops as soon as kubelet is told to use"
                      + " another endpoint: it can't be proxied by a setting")
                  .formatted(whole, process.id()));
        }
      }
    }
    List<HostProcess> kubelets = all.stream().filter(p -> baseName(p).equals(NAME)).toList();
    if (kubelets.size() != 1) {
      throw refused(
          kubelets.isEmpty()
              ? "no process named kubelet runs on this machine's own file system"
              : kubelets.size() + " kubelets run here");
    }
    HostProcess only = kubelets.getFirst();
    return new Kubelet(only.id(), joined(only.command()));
  }

  private static String baseName(HostProcess process) {
    String command = process.command().getFirst();
    return command.substring(command.lastIndexOf('/') + 1);
  }

  private static List<String> joined(List<String> command) {
    List<String> flags = new java.util.ArrayList<>();
    for (String word : command.subList(1, command.size())) {
      if (word.startsWith("-") || flags.isEmpty()) {
        flags.add(word.startsWith("--") ? word : "-" + word);
      } else {
        flags.set(flags.size() - 1, flags.getLast() + "=" + word);
      }
    }
    return flags;
  }

  /** The last of its values, which is the one that counts. */
  public Optional<String> flag(String name) {
    String prefix = "--" + name + "=";
    return flags.stream()
        .filter(flag -> flag.startsWith(prefix))
        .reduce((first, last) -> last)
        .map(flag -> flag.substring(prefix.length()));
  }

  static SandboxException refused(String why) {
    return new SandboxException(
        ErrorCode.UNSUPPORTED, "cannot install on this node: " + why + " (docs/install.md)");
  }
}
