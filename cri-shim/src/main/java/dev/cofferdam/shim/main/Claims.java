package dev.cofferdam.shim.main;

import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.front.ListeningSocket;
import dev.cofferdam.shim.state.FolderLock;
import java.io.IOException;

/** What only one shim may have: the socket's place, and its two folders. */
final class Claims implements AutoCloseable {
  private final Closeables locks;
  private final ListeningSocket socket;

  private Claims(Closeables locks, ListeningSocket socket) {
    this.locks = locks;
    this.socket = socket;
  }

  /**
   * Takes all of it, or nothing.
   *
   * @throws IOException when another shim has a part of it
   */
  static Claims take(Settings settings) throws IOException {
    Closeables locks = new Closeables();
    try {
      ListeningSocket socket = locks.add(ListeningSocket.claim(settings.path(Setting.SOCKET)));
      var _ = locks.add(FolderLock.take(settings.path(Setting.STATE_FOLDER), "state.lock"));
      var _ = locks.add(FolderLock.take(settings.path(Setting.RUN_FOLDER), "run.lock"));
      return new Claims(locks, socket);
    } catch (IOException | RuntimeException e) {
      locks.close();
      throw e;
    }
  }

  ListeningSocket socket() {
    return socket;
  }

  @Override
  public void close() {
    locks.close();
  }
}
