package dev.cofferdam.microvm.monitor;

import dev.cofferdam.linux.Fifo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The guest's serial console: what its kernel and agent say of a boot that fails, and of a kernel
 * that gives up. Written by the guest, so an enemy: its first 64 KiB are kept, the rest is dropped,
 * and what is shown of it is one line of plain characters.
 */
public final class Console {
  private static final int MOST_BYTES = 64 << 10;

  /** Ends with the writer, or when it has had enough. */
  private static final String KEEP = "exec head -c " + MOST_BYTES + " < \"$1\" > \"$2\"";

  private Console() {}

  /**
   * Starts to keep it.
   *
   * @return a named pipe for the monitor to write to, which waits for its reader when it is opened
   */
  public static Path keep(MachineFolder folder, Launch launch) throws IOException {
    Path pipe = folder.runtime().resolve("console");
    Files.deleteIfExists(pipe);
    Fifo.create(pipe, 0600);
    var _ =
        launch.start(
            List.of("/bin/sh", "-c", KEEP, "sh", pipe.toString(), folder.console().toString()));
    return pipe;
  }

  /** {@code ; its console: …}, or nothing where it has said nothing. */
  public static String lastWords(MachineFolder folder) {
    String words = MonitorFiles.words(folder.console()).replaceAll("[^ -~]", "?");
    return words.isBlank() ? "" : "; its console: " + words;
  }
}
