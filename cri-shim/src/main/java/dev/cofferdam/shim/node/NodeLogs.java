package dev.cofferdam.shim.node;

import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.log.Attachment;
import dev.cofferdam.shim.log.ContainerLogs;
import dev.cofferdam.shim.stream.ClientStreams;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The log pump. */
public record NodeLogs(ContainerLogs logs) implements Logs {

  @Override
  public Stdio open(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal) {
    return logs.open(containerId, folder, logFile, stdin, terminal);
  }

  @Override
  public void adopt(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal) {
    var _ = logs.adopt(containerId, folder, logFile, stdin, terminal);
  }

  @Override
  public void reopen(String containerId) {
    logs.reopen(containerId);
  }

  @Override
  public void finish(String containerId) {
    logs.finish(containerId);
  }

  @Override
  public String attach(String containerId, ClientStreams client, boolean stdinOnce)
      throws InterruptedException {
    try (Attachment attachment =
        logs.attach(containerId, client.stdin(), client.stdout(), client.stderr(), stdinOnce)) {
      return attachment.await();
    }
  }

  @Override
  public void resize(String containerId, int columns, int rows) {
    logs.resize(containerId, columns, rows);
  }

  @Override
  public List<String> containerIds() {
    return logs.containerIds();
  }

  @Override
  public void remove(String containerId) {
    logs.remove(containerId);
  }
}
