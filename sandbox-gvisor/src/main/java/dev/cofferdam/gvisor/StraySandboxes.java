package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Folders in runsc's own root that no sandbox's record stands for any more. */
final class StraySandboxes {
  /** A sandbox's ID, as much of it as {@link Layout} takes; or one whose removal was cut off. */
  private static final Pattern NAME = Pattern.compile("([0-9a-f]{32})(\\.gone)?");

  private final Path runtimeDirectory;

  StraySandboxes(Path runtimeDirectory) {
    this.runtimeDirectory = runtimeDirectory;
  }

  List<String> sweep(Predicate<String> known, Deadline deadline) {
    List<String> strays = names().stream().filter(name -> !known.test(id(name))).toList();
    strays.forEach(name -> purge(id(name), deadline));
    return strays;
  }

  private List<String> names() {
    try (Stream<Path> entries = Files.list(runtimeDirectory)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw Failures.io("listing " + runtimeDirectory, e);
    }
  }

  private static String id(String name) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() ? matcher.group(1) : name;
  }

  /** What was removed in part goes with the rest. The shim's own folder for it is gone already. */
  private void purge(String id, Deadline deadline) {
    Path root = runtimeDirectory.resolve(id);
    new SandboxFiles(new Layout(root, root, root)).purge(deadline);
  }
}
