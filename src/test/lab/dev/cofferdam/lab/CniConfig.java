package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The pod network: one bridge, with Debian's CNI plugins. */
final class CniConfig {
  static final String PLUGINS = "/usr/lib/cni";
  static final String FOLDER = "/etc/cni/net.d";
  static final String FILE = "10-lab.conflist";

  private CniConfig() {}

  static void write(LabDirectories directories) throws IOException {
    Path folder = Files.createDirectories(directories.etc("cni").resolve("net.d"));
    // Written last under its name: containerd watches the folder.
    Files.writeString(
        folder.resolve(FILE),
        """
        {
          "cniVersion": "1.0.0",
          "name": "lab",
          "plugins": [
            {
              "type": "bridge",
              "bridge": "cni0",
              "isGateway": true,
              "ipMasq": true,
              "hairpinMode": true,
              "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": "10.244.0.0/16"}]],
                "routes": [{"dst": "0.0.0.0/0"}]
              }
            },
            {"type": "portmap", "capabilities": {"portMappings": true}},
            {"type": "bandwidth", "capabilities": {"bandwidth": true}}
          ]
        }
        """);
  }
}
