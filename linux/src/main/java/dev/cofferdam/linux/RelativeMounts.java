package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Mounting with options that name files relative to a folder: {@code mount(2)} takes one page of
 * options, and an overlay of many layers under long absolute paths is more.
 */
public final class RelativeMounts {
  private static final long CLONE_FS = 0x200;

  private RelativeMounts() {}

  /** As {@link Mounts#mount}, as if {@code workingDirectory} were the process's. */
  public static void mount(
      Path workingDirectory, String source, Path target, String fsType, long flags, String data)
      throws IOException {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              // From here on the working directory is this thread's own, and ends with it.
              Errno.check(Syscall.UNSHARE.call(CLONE_FS), "give a thread its own folder");
              enter(workingDirectory);
              Mounts.mount(source, target, fsType, flags, data);
              return null;
            });
    Thread thread = Thread.ofPlatform().daemon().name("mount").start(task);
    try {
      task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while mounting on " + target, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  private static void enter(Path folder) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(folder.toString()).address();
      Errno.check(Syscall.CHDIR.call(name), "enter " + folder);
    }
  }
}
