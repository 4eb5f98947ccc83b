package dev.cofferdam.shim.install;

import dev.cofferdam.shim.install.host.HostFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * While this is held, shims of this node don't begin to check it: on a slow machine the pods of a
 * new shim's first check would take the time of the installer's canaries. It is the lock by which
 * one check waits for another, and ends with the process. A check that is under way goes on.
 */
final class CheckPause implements AutoCloseable {
  private final FileChannel channel;

  private CheckPause(FileChannel channel) {
    this.channel = channel;
  }

  /** Below the run folder, which is on record as something to be taken away. */
  static CheckPause begin(HostFiles files) throws IOException {
    files.makeFolder(Places.CHECKS);
    Path lock = files.at(Places.CHECKS + "/lock");
    FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    // Where a check has it, the canaries run beside that one.
    var _ = channel.tryLock();
    return new CheckPause(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
