package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node's pod network: one bridge, with Debian's CNI plugins. */
final class CniConfig {
  static final String PLUGINS = "/usr/lib/cni";
  static final String FOLDER = "/etc/cni/net.d";
  static final String POD_SUBNET = "10.244.0.0/16";
  static final String FILE = "10-lab.conflist";

  private CniConfig() {}

  static void write(LabDirectories directories) throws IOException {
    Path folder = Files.createDirectories(directories.etc("cni").resolve("net.d"));
    // Written last under its name: containerd watches the folder.
    Files.writeString(folder.resolve(FILE), of(POD_SUBNET));
  }

  /** With pods of this node in that subnet. */
  static String of(String subnet) {
    return """
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
                "ranges": [[{"subnet": "%s"}]],
                "routes": [{"dst": "0.0.0.0/0"}]
              }
            },
            {"type": "portmap", "capabilities": {"portMappings": true}},
            {"type": "bandwidth", "capabilities": {"bandwidth": true}}
          ]
        }
        """
        .formatted(subnet);
  }
}
