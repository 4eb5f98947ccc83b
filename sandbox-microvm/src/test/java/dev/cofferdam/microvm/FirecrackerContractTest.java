package dev.cofferdam.microvm;

import dev.cofferdam.microvm.standin.StandInFirecracker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** The contract by the Firecracker driver, against a stand-in with a real guest behind it. */
class FirecrackerContractTest extends MicroVmContract {
  private static final String FIRECRACKER =
      """
      #!/bin/sh
      if [ "$1" = --version ]; then echo 'Firecracker v1.17.0-dev'; exit; fi
      exec 'JAVA/bin/java' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto \\
        --enable-native-access=ALL-UNNAMED -cp 'CLASSES' MAIN "$@"
      """;

  /** As the real one: makes the jail's folders, enters the namespace, becomes the program. */
  private static final String JAILER =
      """
      #!/bin/bash
      while [ $# -gt 0 ]; do
        case $1 in
          --id) id=$2; shift ;;
          --exec-file) program=$2; shift ;;
          --chroot-base-dir) base=$2; shift ;;
          --netns) namespace=$2; shift ;;
          --uid) export STAND_IN_USER=$2; shift ;;
          --gid) shift ;;
          --) shift; break ;;
          *) echo "unknown flag $1" >&2; exit 2 ;;
        esac
        shift
      done
      root=$base/${program##*/}/$id/root
      mkdir -p "$root/run"
      cd "$root"
      exec nsenter --net="$namespace" -- "$program" --id="$id" "$@"
      """;

  @Override
  protected String variant() {
    return "firecracker";
  }

  @Override
  protected Map<String, String> settings(Path folder) throws Exception {
    String java = System.getProperty("java.home");
    String classes = System.getProperty("java.class.path");
    String main = StandInFirecracker.class.getName();
    String script =
        FIRECRACKER.replace("JAVA", java).replace("CLASSES", classes).replace("MAIN", main);
    Path firecracker = program(folder.resolve("firecracker"), script);
    Path jailer = program(folder.resolve("jailer"), JAILER);
    return Map.of("firecracker", firecracker.toString(), "jailer", jailer.toString());
  }

  private static Path program(Path file, String script) throws Exception {
    Files.writeString(file, script);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
