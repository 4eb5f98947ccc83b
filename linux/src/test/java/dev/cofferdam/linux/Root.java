package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests need to know of who runs them. */
final class Root {
  private Root() {}

  static void assumed() throws IOException {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    assumeTrue(root, "mounts and namespaces need root");
  }
}
