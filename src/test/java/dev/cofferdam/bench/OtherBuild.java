package dev.cofferdam.bench;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another build of the shim, with folders of its own, for the time of a run. */
final class OtherBuild implements AutoCloseable {
  private static final long READY_MILLIS = 30_000;
  private static final Path FOLDER = Path.of("/run/cofferdam-other");

  private final Process process;

  /**
   * @param distribution the folder with its {@code bin} and {@code lib}
   */
  OtherBuild(Path distribution) throws IOException, InterruptedException {
    Map<String, String> settings =
        Map.of(
            "socket",
            socket().toString(),
            "run.folder",
            FOLDER.toString(),
            "state.folder",
            "/var/lib/cofferdam-other",
            "kubeconfig",
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

  static Path socket() {
    return FOLDER.resolve("cri.sock");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
