package dev.cofferdam.sandbox;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a container's first process reads and writes. The files are named pipes, or one
 * pseudo-terminal's slave for all three, which the shim made and holds open: opening them for
 * writing never blocks, and what is written is kept while no shim runs. An empty stream is {@code
 * /dev/null}.
 */
public record Stdio(Optional<Path> stdin, Optional<Path> stdout, Optional<Path> stderr) {

  public static final Stdio NONE = new Stdio(Optional.empty(), Optional.empty(), Optional.empty());
}
