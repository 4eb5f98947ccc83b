package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.BootId;
import dev.cofferdam.shim.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last report, on disk: a shim that is started anew need not begin as if it knew nothing. */
public record CheckMemory(Path file) {
  private static final Logger LOG = LoggerFactory.getLogger(CheckMemory.class);

  /** In the shim's state folder. */
  public static CheckMemory in(Path stateFolder) {
    return new CheckMemory(stateFolder.resolve("check.json"));
  }

  /** What was found since the node was booted. */
  public Optional<NodeReport> load() {
    try {
      NodeReport report = CheckJson.MAPPER.readValue(Files.readAllBytes(file), NodeReport.class);
      return Optional.of(report).filter(known -> known.bootId().equals(BootId.current()));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.warn("the last check's result cannot be read, the next one will do: {}", e.toString());
      return Optional.empty();
    }
  }

  void save(NodeReport report) {
    try {
      DurableFile.replace(file, CheckJson.MAPPER.writeValueAsBytes(report));
    } catch (IOException | SandboxException e) {
      LOG.warn("the check's result could not be kept: {}", e.getMessage());
    }
  }
}
