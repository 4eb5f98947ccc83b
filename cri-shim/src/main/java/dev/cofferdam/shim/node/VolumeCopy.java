package dev.cofferdam.shim.node;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.RootedFiles;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What an image has in a folder that is to be a volume goes into the volume, as in containerd. */
final class VolumeCopy {
  private VolumeCopy() {}

  /**
   * Copies with owners, modes and extended attributes; the folder itself gets the source's.
   *
   * @param root hostile: its links are followed within it
   */
  static void copy(Path root, String path, Path folder, Deadline deadline) {
    try (Fd source = RootedFiles.open(root, path, Fd.O_PATH | Fd.O_DIRECTORY)) {
      // The folder as it was opened: nobody can put a link in its place meanwhile.
      String held = "/proc/" + ProcessHandle.current().pid() + "/fd/" + source.number() + "/.";
      run(List.of("cp", "-a", "--", held, folder + "/"), path, deadline);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
        throw failure(path, String.valueOf(e.getMessage()), e);
      }
    } catch (IOException e) {
      throw failure(path, e.toString(), e);
    }
  }

  private static void run(List<String> command, String path, Deadline deadline) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "copying the image's " + path + " into its volume");
      }
      if (process.exitValue() != 0) {
        throw failure(path, "cp ended with code " + process.exitValue(), null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted while copying " + path, e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static SandboxException failure(String path, String why, @Nullable Exception cause) {
    return new SandboxException(
        ErrorCode.INTERNAL,
        "could not copy the image's " + path + " into its volume: " + why + "; is the disk full?",
        cause);
  }
}
