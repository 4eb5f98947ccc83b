package dev.cofferdam.lab;

import dev.cofferdam.lab.LabOptions.NodeRuntime;
import java.nio.file.Path;
import java.util.Set;

/**
 * The command line behind {@code dev/up} and {@code dev/down}: {@code up [--node] [--direct]
 * [--peer] [--microvm] [--vm-node]} or {@code down}, in the root of the source tree.
 */
public final class LabCommand {
  private LabCommand() {}

  public static void main(String[] arguments) {
    Set<String> words = Set.of(arguments);
    LabOptions options =
        new LabOptions(
            System.getProperty("cofferdam.lab", "dev"),
            Path.of("").toAbsolutePath(),
            words.contains("--direct") ? NodeRuntime.CONTAINERD : NodeRuntime.SHIM,
            !words.contains("--node"),
            words.contains("--peer"),
            words.contains("--microvm"),
            0);
    if (words.contains("--vm-node")) {
      options = options.withVmNode();
    }
    Lab lab = new Lab(options, new Progress(System.err));
    try {
      if (words.contains("up")) {
        lab.up();
      } else if (words.contains("down")) {
        lab.down();
      } else {
        System.err.println("usage: up [--node] [--direct] [--peer] [--microvm] [--vm-node] | down");
        System.exit(2);
      }
    } catch (LabException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(1);
    }
  }
}
