package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.DNSConfig;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.shim.host.HostMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The files that all containers of a pod share where kubelet brings none of its own: {@code
 * hostname}, {@code hosts}, {@code resolv.conf} and the folder {@code shm}.
 */
final class PodFiles {
  // What containerd gives.
  private static final long SHM_BYTES = 64L << 20;
  private static final List<String> NAMES = List.of("hostname", "hosts", "resolv.conf");

  private final HostMounts mounts;
  private final Path etc;

  /**
   * @param etc the node's {@code /etc}
   */
  PodFiles(HostMounts mounts, Path etc) {
    this.mounts = mounts;
    this.etc = etc;
  }

  void make(Path folder, PodSandboxConfig config, String hostname) throws IOException {
    Files.createDirectories(folder);
    write(folder.resolve("hostname"), hostname + "\n");
    write(folder.resolve("hosts"), ofNode("hosts"));
    write(
        folder.resolve("resolv.conf"),
        config.hasDnsConfig() ? resolvConf(config.getDnsConfig()) : ofNode("resolv.conf"));
    Path shm = folder.resolve("shm");
    Files.createDirectories(shm);
    mounts.shm(shm, SHM_BYTES);
  }

  /** Nothing when they are not there. */
  void remove(Path folder) throws IOException {
    Path shm = folder.resolve("shm");
    if (Files.exists(shm)) {
      mounts.unmount(shm);
      Files.delete(shm);
    }
    for (String name : NAMES) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.deleteIfExists(folder);
  }

  private static String resolvConf(DNSConfig dns) {
    StringBuilder text = new StringBuilder();
    if (dns.getSearchesCount() > 0) {
      text.append("search ").append(String.join(" ", dns.getSearchesList())).append('\n');
    }
    dns.getServersList().forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (dns.getOptionsCount() > 0) {
      text.append("options ").append(String.join(" ", dns.getOptionsList())).append('\n');
    }
    return text.toString();
  }

  private String ofNode(String name) throws IOException {
    Path file = etc.resolve(name);
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    // Users inside the pod read them whatever the shim's umask is.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }
}
