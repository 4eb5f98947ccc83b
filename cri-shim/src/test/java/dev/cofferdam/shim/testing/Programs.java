package dev.cofferdam.shim.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What {@code dev/lib/build-programs} has compiled. */
public final class Programs {
  private Programs() {}

  /** The folder of one of its names, of whichever version is there. */
  public static Path folder(String name) throws IOException {
    String cache =
        System.getenv()
            .getOrDefault("COFFERDAM_CACHE", System.getProperty("user.home") + "/.cache/cofferdam");
    try (Stream<Path> folders = Files.list(Path.of(cache, "programs"))) {
      return folders
          .filter(each -> each.getFileName().toString().matches(name + "-[0-9].*"))
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException("no " + name + " in " + cache + "; run dev/lib/build-programs"));
    }
  }

  /** One program in it. */
  public static Path find(String name, String program) throws IOException {
    Path file = folder(name).resolve(program);
    if (!Files.isExecutable(file)) {
      throw new IOException(file + " is missing; remove its folder and run dev/lib/build-programs");
    }
    return file;
  }
}
