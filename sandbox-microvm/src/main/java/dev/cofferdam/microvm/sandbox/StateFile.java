package dev.cofferdam.microvm.sandbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A record on disk, written whole or not at all. */
final class StateFile<T> {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Class<T> type;

  StateFile(Path file, Class<T> type) {
    this.file = file;
    this.type = type;
  }

  void write(T state) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      byte[] text = JSON.writeValueAsBytes(state);
      try (Fd out = Fd.open(part, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
        ByteBuffer bytes = ByteBuffer.wrap(text);
        while (bytes.hasRemaining()) {
          var _ = out.write(bytes);
        }
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Failures.io("writing " + file, e);
    }
  }

  Optional<T> read() {
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), type));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new dev.cofferdam.sandbox.SandboxException(
          dev.cofferdam.sandbox.ErrorCode.CORRUPT_STATE, "cannot read " + file + ": " + e, e);
    }
  }
}
