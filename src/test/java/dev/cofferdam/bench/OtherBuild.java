package dev.cofferdam.bench;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** Another build of the shim, with folders of its own, for the time of a run. */
final class OtherBuild implements AutoCloseable {
  private static final long READY_MILLIS = 30_000;
  private static final String SNAPSHOTS = "dev/cofferdam/shim/rootfs/RootFilesystems.class";
  private static final String OWNER = "cofferdam.dev/owner";
  private static final Path FOLDER = Path.of("/run/cofferdam-other");

  private final Process process;

  /**
   * @param distribution the folder with its {@code bin} and {@code lib}
   */
  OtherBuild(Path distribution) throws IOException, InterruptedException {
    requireOwner(distribution);
    Map<String, String> settings =
        Map.of(
            "socket",
            socket().toString(),
            "run.folder",
            FOLDER.toString(),
            "state.folder",
            "/var/lib/cofferdam-other",
            "kubeconfig",
            "",
            // That of the lab's own shim is taken.
            "metrics.address",
            "");
    List<String> command =
        new ArrayList<>(List.of(distribution.resolve("bin/cofferdam").toString(), "shim"));
    settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
    File log = Files.createTempFile("cofferdam-other", ".log").toFile();
    process =
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    for (long waited = 0; !Files.exists(socket()); waited += 50) {
      if (waited > READY_MILLIS || !process.isAlive()) {
        close();
        throw new IllegalStateException("the other build did not start; see " + log);
      }
      Thread.sleep(50);
    }
  }

  /** Without an owner on its snapshots each of two shims sweeps the other's as orphans. */
  private static void requireOwner(Path distribution) throws IOException {
    try (Stream<Path> jars = Files.list(distribution.resolve("lib"))) {
      Path jar =
          jars.filter(file -> String.valueOf(file.getFileName()).startsWith("cri-shim-"))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          distribution + " is no build's cri-shim/target/dist"));
      try (ZipFile classes = new ZipFile(jar.toFile());
          InputStream in = classes.getInputStream(classes.getEntry(SNAPSHOTS))) {
        if (!new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).contains(OWNER)) {
          throw new IllegalArgumentException(
              "the build in "
                  + distribution
                  + " does not mark its snapshots as its own (label "
                  + OWNER
                  + "): two shims would sweep each other's; take a later one");
        }
      }
    }
  }

  static Path socket() {
    return FOLDER.resolve("cri.sock");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
