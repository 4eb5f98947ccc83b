package dev.cofferdam.shim.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** The files in a container's runtime folder that the pump works with. */
final class SpoolFiles {
  private static final String CURSOR = "log.cursor";

  private SpoolFiles() {}

  private static Path spool(Path dir, LogStream stream) {
    return dir.resolve(stream.label() + ".spool");
  }

  /** Opens or finds again all that a container's log needs. On the pump's thread. */
  static ContainerLog open(
      String id, LogPump pump, Path dir, Optional<Path> logFile, Descriptors descriptors)
      throws IOException {
    Map<LogStream, Spool> spools = new EnumMap<>(LogStream.class);
    CursorFile cursor = null;
    try {
      for (LogStream stream : LogStream.values()) {
        if (descriptors.fd(stream.label()).isPresent()) {
          spools.put(stream, Spool.open(spool(dir, stream)));
        }
      }
      LogSink sink = new DiscardSink(spools);
      if (logFile.isPresent()) {
        cursor = CursorFile.open(dir.resolve(CURSOR));
        sink = LogWriter.open(logFile.get(), spools, cursor, pump.scratch());
      }
      return new ContainerLog(id, pump, descriptors, spools, sink);
    } catch (IOException | RuntimeException e) {
      spools.values().forEach(Spool::close);
      if (cursor != null) {
        cursor.close();
      }
      throw e;
    }
  }

  /** After a container is done with. */
  static void delete(Path dir) throws IOException {
    for (LogStream stream : LogStream.values()) {
      Files.deleteIfExists(spool(dir, stream));
    }
    Files.deleteIfExists(dir.resolve(CURSOR));
  }
}
