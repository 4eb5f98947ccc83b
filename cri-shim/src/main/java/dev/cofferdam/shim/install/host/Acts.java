package dev.cofferdam.shim.install.host;

import java.io.IOException;

/**
 * Told of every change to the node just before it is made. In production nothing comes of it; tests
 * make each change fail, and end the installer before each.
 */
@FunctionalInterface
public interface Acts {
  /** Lets everything happen. */
  Acts ALL = act -> {};

  /**
   * One is about to be made.
   *
   * @throws IOException instead of the act
   */
  void about(String act) throws IOException;
}
