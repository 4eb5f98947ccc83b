package dev.cofferdam.shim.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A containerd of a test's own, with its CRI, in a folder. It shares nothing with another one on
 * this machine, and is gone when closed. Needs root.
 */
public final class Containerd implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final Path folder;
  private Process process;

  /** Starts it and waits until its CRI answers. */
  public Containerd(Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("config.toml"),
        """
      version = 3
      oom_score = 0
      root = '%1$s/root'
      state = '%1$s/state'
      disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.monitor.container.v1.restart',
        'io.containerd.tracing.processor.v1.otlp', 'io.containerd.internal.v1.tracing']
      [grpc]
        address = '%1$s/c.sock'
      [ttrpc]
        address = '%1$s/t.sock'
      [plugins.'io.containerd.internal.v1.opt']
        path = '%1$s/opt'
      [plugins.'io.containerd.cri.v1.runtime']
        restrict_oom_score_adj = true
        [plugins.'io.containerd.cri.v1.runtime'.cni]
          conf_dir = '%1$s/cni'
      """
            .formatted(folder));
    this.process = start();
  }

  private Process start() throws IOException {
    Process started =
        new ProcessBuilder(
                Programs.find("containerd", "containerd").toString(),
                "-c",
                folder.resolve("config.toml").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    await()
        .atMost(START)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              if (!started.isAlive()) {
                throw new IOException("containerd ended: " + log());
              }
              return log().contains("containerd successfully booted");
            });
    return started;
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  public Path socket() {
    return folder.resolve("c.sock");
  }

  /** Imports an OCI archive into CRI's namespace and unpacks it, unless options say otherwise. */
  public void importImage(Path archive, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("images", "import"));
    command.addAll(List.of(options));
    command.add(archive.toString());
    ctr(command.toArray(String[]::new));
  }

  /** Runs containerd's own command-line client, and returns what it printed. */
  public String ctr(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Programs.find("containerd", "ctr").toString(),
                "-a",
                socket().toString(),
                "-n",
                "k8s.io"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + text);
      }
      return text;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Ends it, as an upgrade would. */
  public void stop() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    Files.deleteIfExists(folder.resolve("log"));
  }

  public void restart() throws IOException {
    stop();
    process = start();
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
