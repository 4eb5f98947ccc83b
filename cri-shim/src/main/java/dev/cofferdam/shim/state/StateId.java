package dev.cofferdam.shim.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** Which state folder this is, wherever it is mounted: the mark on what is kept elsewhere. */
public final class StateId {
  private StateId() {}

  /** Read from the folder; made up when it is new. */
  public static String of(Path stateFolder) throws IOException {
    Path file = stateFolder.resolve("id");
    try {
      String id = Files.readString(file).strip();
      if (!id.isEmpty()) {
        return id;
      }
    } catch (NoSuchFileException firstStart) {
      // Made below.
    }
    String id = UUID.randomUUID().toString();
    DurableFile.replace(file, (id + "\n").getBytes(StandardCharsets.US_ASCII));
    return id;
  }
}
