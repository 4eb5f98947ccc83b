package dev.cofferdam.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The lab's mount, network, UTS, IPC and cgroup namespaces, held by one sleeping process, and the
 * way into them: a script that runs its arguments inside.
 */
final class Namespaces {
  static final String NODE_IP = "10.89.0.1";

  /** First address of the service range: where the API server's own service lies. */
  static final String API_SERVICE_IP = "10.96.0.1";

  private static final String HOLDER = "namespaces";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final String hostName;
  private final LabDirectories directories;
  private final Cgroups cgroups;
  private final Daemons daemons;

  Namespaces(String hostName, LabDirectories directories, Cgroups cgroups, Daemons daemons) {
    this.hostName = hostName;
    this.directories = directories;
    this.cgroups = cgroups;
    this.daemons = daemons;
  }

  boolean exist() {
    return daemons.running(HOLDER) && Files.exists(directories.enterScript());
  }

  /** The process that holds them. */
  long holder() {
    return daemons.find(HOLDER).orElseThrow(() -> new LabException("there is no lab")).pid();
  }

  void create() {
    try {
      Path ready = directories.root().resolve("namespaces-ready");
      Files.deleteIfExists(ready);
      Path setup = directories.settings().resolve("namespaces.sh");
      Files.createDirectories(setup.getParent());
      try (InputStream script = Namespaces.class.getResourceAsStream("namespaces.sh")) {
        Files.write(setup, Objects.requireNonNull(script, "namespaces.sh").readAllBytes());
      }
      cgroups.create();
      Daemon holder =
          daemons.startOnHost(
              HOLDER,
              List.of(
                  "sh",
                  "-c",
                  join(cgroups.rootJoinFiles())
                      + "exec unshare --mount --net --uts --ipc --cgroup --propagation slave"
                      + " sh \"$@\"",
                  "sh",
                  setup.toString(),
                  directories.root().toString(),
                  hostName,
                  NODE_IP,
                  API_SERVICE_IP));
      holder.await(TIMEOUT, () -> Files.exists(ready));
      writeEnterScript(holder.pid());
    } catch (IOException e) {
      throw new LabException("could not make the lab's namespaces", e);
    }
  }

  private void writeEnterScript(long holder) throws IOException {
    Path enter = directories.enterScript();
    Files.writeString(
        enter,
        "#!/bin/sh\n# Runs its arguments inside the lab.\n"
            + join(cgroups.daemonJoinFiles())
            + "exec nsenter --target %d --mount --net --uts --ipc --cgroup --wdns=\"$PWD\" -- \"$@\"\n"
                .formatted(holder),
        StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(enter, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String join(List<Path> joinFiles) {
    return joinFiles.stream().map(file -> "echo $$ > " + file + "\n").collect(Collectors.joining());
  }
}
