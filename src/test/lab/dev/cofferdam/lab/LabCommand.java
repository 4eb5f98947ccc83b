package dev.cofferdam.lab;

import java.nio.file.Path;
import java.util.List;

/** The command line behind {@code dev/up} and {@code dev/down}. */
public final class LabCommand {
  private LabCommand() {}

  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    String name = System.getProperty("cofferdam.lab", "dev");
    Path distribution =
        Path.of(System.getProperty("cofferdam.distribution", "cri-shim/target/dist"))
            .toAbsolutePath();
    Lab lab = new Lab(name, distribution, new Progress(System.err));
    Lab.NodeRuntime runtime =
        words.contains("--direct") ? Lab.NodeRuntime.CONTAINERD : Lab.NodeRuntime.SHIM;
    try {
      switch (words.isEmpty() ? "" : words.getFirst()) {
        case "up" -> {
          if (words.contains("--node")) {
            lab.upNode(runtime);
          } else {
            lab.upCluster(runtime);
          }
        }
        case "down" -> lab.down();
        default -> {
          System.err.println("usage: lab up [--node] [--direct] | down");
          System.exit(2);
        }
      }
    } catch (LabException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(1);
    }
  }
}
