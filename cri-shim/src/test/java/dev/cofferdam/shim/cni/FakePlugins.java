package dev.cofferdam.shim.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A node's network plugins as shell scripts. Each call is noted down, with its configuration,
 * before the script's own part runs.
 */
final class FakePlugins {
  static final String RESULT =
      """
      {"cniVersion": "1.0.0",
       "interfaces": [{"name": "br0"}, {"name": "eth0", "sandbox": "/netns"}],
       "ips": [{"address": "10.1.2.3/24", "interface": 1}, {"address": "fd00::3/64", "interface": 1}]}
      """;

  private final Path root;
  final CniSettings settings;

  FakePlugins(Path root) throws IOException {
    this(root, Duration.ofSeconds(30));
  }

  FakePlugins(Path root, Duration pluginTimeout) throws IOException {
    this.root = root;
    this.settings =
        new CniSettings(
            Files.createDirectories(root.resolve("net.d")),
            List.of(Files.createDirectories(root.resolve("bin"))),
            root.resolve("cache"),
            pluginTimeout,
            false);
    Files.createFile(root.resolve("netns"));
  }

  /** A plugin that prints {@code result} on ADD, and succeeds at everything else. */
  void succeeding(String type, String result) throws IOException {
    script(type, "[ $CNI_COMMAND = ADD ] && cat <<'EOF'\n" + result + "\nEOF\nexit 0");
  }

  void script(String type, String body) throws IOException {
    Path file = settings.binDirs().getFirst().resolve(type);
    Files.writeString(
        file,
        """
        #!/bin/sh
        cd %s
        cat > stdin.%s.$CNI_COMMAND
        echo "$CNI_COMMAND %s" >> calls
        env | grep ^CNI_ > env.%s.$CNI_COMMAND
        """
                .formatted(root, type, type, type)
            + body
            + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  void network(String file, String json) throws IOException {
    Files.writeString(settings.configDir().resolve(file), json);
  }

  /** A list of version 1.0.0, named {@code net}, of plugins without settings. */
  void list(String... types) throws IOException {
    String plugins = String.join("\"}, {\"type\": \"", types);
    network(
        "10-net.conflist",
        """
        {"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "%s"}]}
        """
            .formatted(plugins));
  }

  /** Command and plugin of each call so far. */
  List<String> calls() throws IOException {
    try {
      return Files.readAllLines(root.resolve("calls"));
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** The configuration that a plugin was last given. */
  String stdin(String type, String command) throws IOException {
    return Files.readString(root.resolve("stdin." + type + "." + command));
  }

  List<String> environment(String type, String command) throws IOException {
    return Files.readAllLines(root.resolve("env." + type + "." + command));
  }

  PodNetwork pod() {
    return pod("a1b2", List.of(), Map.of());
  }

  PodNetwork pod(String id, List<PortMapping> ports, Map<String, String> annotations) {
    return new PodNetwork(
        id,
        "default",
        "nginx",
        "uid-1",
        root.resolve("netns"),
        ports,
        annotations,
        PodDns.NONE,
        "/kubepods/pod1");
  }
}
