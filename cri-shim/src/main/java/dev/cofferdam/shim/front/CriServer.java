package dev.cofferdam.shim.front;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** CRI v1 on a Unix socket. */
public final class CriServer implements AutoCloseable {

  public CriServer(
      Path socket,
      Path containerdSocket,
      Ownership ownership,
      List<Route> routes,
      FrontSettings settings) {}

  public void start() throws IOException {}

  @Override
  public void close() {}
}
