package dev.cofferdam.microvm.image;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The disk that a pod's containers write to: a sparse file with an ext4 file system, which takes no
 * more of the node's disk than was written to it.
 */
public final class ScratchDisk {
  /** How the guest's agent finds it. */
  private static final String LABEL = "cofferdam";

  private ScratchDisk() {}

  /**
   * Makes it.
   *
   * @param bytes all that can be written to it
   */
  public static void make(Path file, long bytes, Deadline deadline) {
    Path log = file.resolveSibling(file.getFileName() + ".log");
    try (Fd made = Fd.open(file, Fd.O_RDWR | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      made.truncate(bytes);
      // No journal: after a crash the disk is thrown away. Lazy tables: a fresh disk of 10 GiB
      // takes some hundred kilobytes.
      Process process =
          new ProcessBuilder(
                  List.of(
                      "mkfs.ext4",
                      "-F",
                      "-q",
                      "-L",
                      LABEL,
                      "-m",
                      "0",
                      "-O",
                      "^has_journal,^resize_inode,quota,project",
                      "-E",
                      "lazy_itable_init=1,nodiscard,root_owner=0:0,quotatype=prjquota",
                      file.toString()))
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "mkfs.ext4 was not done in time on " + file);
      }
      if (process.exitValue() != 0) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "mkfs.ext4 failed on "
                + file
                + ": "
                + new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip());
      }
    } catch (IOException e) {
      throw Failures.io("making the disk " + file, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("making the disk " + file, e);
    } finally {
      var _ = log.toFile().delete();
    }
  }
}
