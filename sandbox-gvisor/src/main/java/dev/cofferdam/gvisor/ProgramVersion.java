package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program's version, asked for once as long as its file stays the same: starting runsc takes 20
 * ms. Thread-safe.
 */
final class ProgramVersion {
  /** What a file is recognised by. */
  private record Identity(Path file, @Nullable Object key, long size, FileTime modified) {}

  private record Known(Identity identity, String version) {}

  private final String program;
  private volatile @Nullable Known known;

  ProgramVersion(String program) {
    this.program = program;
  }

  String get(Deadline deadline) {
    Optional<Identity> now = identity();
    Known before = known;
    if (before != null && now.isPresent() && before.identity().equals(now.get())) {
      return before.version();
    }
    String version = new RunscVersion(program).get(deadline);
    now.ifPresent(identity -> known = new Known(identity, version));
    return version;
  }

  private Optional<Identity> identity() {
    return candidates().filter(Files::isExecutable).findFirst().flatMap(ProgramVersion::identity);
  }

  private Stream<Path> candidates() {
    if (program.contains("/")) {
      return Stream.of(Path.of(program));
    }
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Pattern.compile(File.pathSeparator)
        .splitAsStream(path)
        .map(folder -> Path.of(folder).resolve(program));
  }

  private static Optional<Identity> identity(Path file) {
    try {
      Path real = file.toRealPath();
      BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
      return Optional.of(
          new Identity(
              real, attributes.fileKey(), attributes.size(), attributes.lastModifiedTime()));
    } catch (IOException e) {
      return Optional.empty(); // whoever runs it says what is wrong
    }
  }
}
