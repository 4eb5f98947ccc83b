package dev.cofferdam.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs short programs inside the lab, with its PATH and settings. */
public final class LabShell {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  private final LabDirectories directories;
  private final Programs programs;

  LabShell(LabDirectories directories, Programs programs) {
    this.directories = directories;
    this.programs = programs;
  }

  /** What is set for programs in the lab; {@code dev/shell} exports the same. */
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", programs.searchPath());
    environment.put("KUBECONFIG", directories.adminKubeconfig().toString());
    environment.put("CONTAINERD_ENDPOINT", "unix://" + Containerd.SOCKET);
    environment.put("CONTAINERD_ADDRESS", Containerd.SOCKET);
    environment.put("CONTAINER_RUNTIME_ENDPOINT", "unix://" + Shim.SOCKET);
    environment.put("IMAGE_SERVICE_ENDPOINT", "unix://" + Shim.SOCKET);
    environment.put("HELM_CACHE_HOME", directories.root().resolve("helm").toString());
    return environment;
  }

  /** Starts a program inside the lab that the caller talks to, and ends; its errors are ours. */
  public Process start(String... command) throws IOException {
    List<String> inside = new ArrayList<>(List.of(directories.enterScript().toString()));
    inside.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(inside).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment());
    return builder.start();
  }

  public Command.Result run(String... command) {
    return run(DEFAULT_TIMEOUT, "", List.of(command));
  }

  /** Runs a program inside the lab, with the text as its standard input. */
  public Command.Result run(Duration timeout, String input, List<String> command) {
    List<String> inside = new ArrayList<>(List.of(directories.enterScript().toString()));
    inside.addAll(command);
    return Command.run(timeout, environment(), input, inside);
  }
}
