package dev.cofferdam.shim.cli;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.kubelet.KubeletCredentials;
import dev.cofferdam.shim.install.kubelet.NodeStory;
import dev.cofferdam.shim.install.kubelet.NodeStory.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine.Option;

/** Tells the cluster how it went, if asked to. */
final class NodeReporting {
  /** What is told about. */
  @FunctionalInterface
  interface Operation {
    /** Returns what came of it, in words. */
    String run() throws IOException, InterruptedException;
  }

  @Option(
      names = "--report",
      description =
          "tell the cluster how it went: a condition of the Node and an Event, as kubelet")
  private boolean report;

  /** Runs it; what it throws is told and goes on. */
  void run(Operation operation, Outcome good, Outcome bad)
      throws IOException, InterruptedException {
    String words;
    try {
      words = operation.run();
    } catch (IOException | RuntimeException e) {
      tell(bad, String.valueOf(e.getMessage()));
      throw e;
    }
    tell(good, words);
  }

  /** A cluster that can't be told changes nothing about the node. */
  private void tell(Outcome outcome, String message) {
    if (!report) {
      return;
    }
    try {
      HostFiles files = new HostFiles(Path.of("/"), Acts.ALL);
      KubeletCredentials kubelet =
          KubeletCredentials.of(Kubelet.find(new HostProcesses(files)), files);
      new NodeStory(kubelet).tell(outcome, message, Instant.now());
    } catch (IOException | SandboxException e) {
      System.err.println("the cluster was not told: " + e.getMessage());
    }
  }
}
