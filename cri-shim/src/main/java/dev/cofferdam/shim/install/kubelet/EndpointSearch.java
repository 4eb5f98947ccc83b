package dev.cofferdam.shim.install.kubelet;

import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.record.EndpointChange;
import dev.cofferdam.shim.install.record.EndpointChange.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds out where this kubelet's endpoint is set. Kubelet's own order: a flag goes before the
 * drop-in folder, the last file of that by name before the others, and all before the config file.
 */
public final class EndpointSearch {
  /** Where kubeadm and packages keep kubelet's flags, and where units lie that a person wrote. */
  private static final List<String> FLAG_FILES =
      List.of(
          "/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet");

  private static final String UNIT = "/etc/systemd/system/kubelet.service";
  private static final String UNIT_DROP_INS = UNIT + ".d";

  /** Sorts after what others put there. */
  private static final String DROP_IN = "zz-cofferdam.conf";

  /** What kubelet takes where nothing is set. */
  static final String DEFAULT = "unix:///run/containerd/containerd.sock";

  private final HostFiles files;
  private final String shimSocket;

  /**
   * Of this machine.
   *
   * @param shimSocket what the endpoint is to become
   */
  public EndpointSearch(HostFiles files, String shimSocket) {
    this.files = files;
    this.shimSocket = shimSocket;
  }

  /**
   * What has to be changed on this node.
   *
   * @throws dev.cofferdam.sandbox.SandboxException UNSUPPORTED with the reason, where we can't
   */
  public EndpointChange of(Kubelet kubelet) throws IOException {
    Optional<String> flag = kubelet.flag(EndpointFile.FLAG);
    if (flag.isPresent()) {
      return flag(flag.get());
    }
    Optional<String> config = kubelet.flag("config");
    Optional<String> folder = kubelet.flag("config-dir");
    String endpoint = config.isPresent() ? inFile(config.get()) : "";
    if (folder.isPresent()) {
      for (String name : files.names(folder.get())) {
        if (name.endsWith(".conf")) {
          String inDropIn = inFile(folder.get() + "/" + name);
          if (!inDropIn.isEmpty() && name.compareTo(DROP_IN) > 0) {
            throw Kubelet.refused(
                "%s/%s sets the endpoint and goes before ours, %s: rename it"
                    .formatted(folder.get(), name, DROP_IN));
          }
          endpoint = inDropIn.isEmpty() ? endpoint : inDropIn;
        }
      }
      return change(Kind.DROP_IN, folder.get() + "/" + DROP_IN, endpoint);
    }
    if (config.isEmpty()) {
      throw Kubelet.refused("kubelet is started with neither --config nor --" + EndpointFile.FLAG);
    }
    return change(Kind.CONFIG_FILE, config.get(), endpoint);
  }

  private String inFile(String file) throws IOException {
    Optional<String> text = files.text(file);
    return text.isEmpty() ? "" : EndpointFile.inYaml(text.get(), file);
  }

  private EndpointChange flag(String value) throws IOException {
    List<EndpointChange> found = new ArrayList<>();
    for (String file : FLAG_FILES) {
      add(Kind.FLAG, file, found);
    }
    add(Kind.UNIT_FLAG, UNIT, found);
    for (String name : files.names(UNIT_DROP_INS)) {
      add(Kind.UNIT_FLAG, UNIT_DROP_INS + "/" + name, found);
    }
    if (found.size() == 1 && found.getFirst().before().equals(value)) {
      return found.getFirst();
    }
    throw Kubelet.refused(
        "kubelet runs with --%s=%s, and %s"
            .formatted(
                EndpointFile.FLAG,
                value,
                found.isEmpty()
                    ? "none of the files that we may change sets it: "
                        + String.join(", ", FLAG_FILES)
                        + ", "
                        + UNIT
                        + ", "
                        + UNIT_DROP_INS
                    : "these set it: " + found.stream().map(EndpointChange::file).toList()));
  }

  private void add(Kind kind, String file, List<EndpointChange> to) throws IOException {
    Optional<String> text = files.text(file);
    if (text.isPresent()) {
      EndpointFile.inFlags(text.get())
          .ifPresent(before -> to.add(new EndpointChange(kind, file, before, shimSocket)));
    }
  }

  private EndpointChange change(Kind kind, String file, String before) {
    return new EndpointChange(kind, file, before, shimSocket);
  }

  /** The socket beneath, as a path. */
  public static String socket(EndpointChange change) {
    String endpoint = change.before().isEmpty() ? DEFAULT : change.before();
    String path =
        endpoint.startsWith("unix://") ? endpoint.substring("unix://".length()) : endpoint;
    // Linux distributions lead the one to the other, and kubeadm writes the old name.
    return path.startsWith("/var/run/") ? path.substring("/var".length()) : path;
  }
}
