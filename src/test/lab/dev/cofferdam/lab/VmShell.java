package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/** Commands in the virtual machine, by ssh with a key of this lab's own, over one connection. */
final class VmShell {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final LabShell shell;
  private final Path folder;

  VmShell(LabShell shell, Path folder) {
    this.shell = shell;
    this.folder = folder;
  }

  /** Makes the keys of both ends. */
  void createKeys() throws IOException {
    for (Path key : List.of(clientKey(), hostKey())) {
      Files.deleteIfExists(key);
      Command.run(
              TIMEOUT,
              List.of(
                  "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key.toString()))
          .orThrow();
    }
    Files.writeString(
        folder.resolve("known_hosts"), VmNode.IP + " " + Files.readString(publicKey(hostKey())));
    writeScript();
  }

  Path clientKey() {
    return folder.resolve("client_key");
  }

  Path hostKey() {
    return folder.resolve("host_key");
  }

  static Path publicKey(Path key) {
    return key.resolveSibling(key.getFileName() + ".pub");
  }

  Command.Result run(Duration timeout, String script) {
    try {
      return shell.run(timeout, "", ssh(script));
    } catch (LabException e) {
      // A connection that hangs must not take the next ones with it.
      disconnect();
      throw e;
    }
  }

  /** Ends the connection; the next command makes another. */
  void disconnect() {
    shell.run(
        TIMEOUT,
        "",
        List.of("ssh", "-F", "none", "-O", "exit", "-S", socket().toString(), "root@" + VmNode.IP));
  }

  private Path socket() {
    return folder.resolve("ssh.sock");
  }

  private Path script() {
    return folder.resolve("ssh");
  }

  /** For people too: {@code dev/shell --vm-node}. */
  private void writeScript() throws IOException {
    Files.writeString(
        script(),
        """
        #!/bin/sh
        # Runs its arguments as a command in the virtual machine; to be run in the lab.
        exec ssh -F none -i '%1$s/client_key' -o BatchMode=yes -o UserKnownHostsFile='%1$s/known_hosts' -o LogLevel=ERROR \\
          -o ConnectTimeout=20 -o ServerAliveInterval=20 \\
          -o ControlMaster=auto -o ControlPath='%2$s' -o ControlPersist=600 root@%3$s "$@"
        """
            .formatted(folder, socket(), VmNode.IP));
    Files.setPosixFilePermissions(script(), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<String> ssh(String command) {
    return List.of(script().toString(), command);
  }
}
