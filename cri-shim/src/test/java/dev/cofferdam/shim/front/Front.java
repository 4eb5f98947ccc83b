package dev.cofferdam.shim.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A containerd of the test's, the server under test before it, and a caller. */
final class Front implements AutoCloseable {
  final Path folder;
  final FakeContainerd containerd;
  final RawClient client;
  final CriServer server;

  Front(Ownership ownership, List<Route> routes, FrontSettings settings) throws IOException {
    this.folder = Files.createTempDirectory("front");
    this.containerd = new FakeContainerd(folder.resolve("containerd.sock")).start();
    this.server = new CriServer(socket(), containerd.socket, ownership, routes, settings);
    server.start();
    this.client = new RawClient(socket());
  }

  static Front passThrough() throws IOException {
    return new Front(Ownership.none(), List.of(), FrontSettings.defaults());
  }

  Path socket() {
    return folder.resolve("cri.sock");
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
    containerd.close();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
