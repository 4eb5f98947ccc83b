package dev.cofferdam.shim.install.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The machine's processes, as {@code /proc} has them: those that see the same files as we do, for
 * one in a container, or in another lab beside this one, is not this node's.
 */
public final class HostProcesses {
  private final HostFiles files;

  public HostProcesses(HostFiles files) {
    this.files = files;
  }

  /**
   * One process.
   *
   * @param program path of its program; blank where it can't be read (a kernel's thread)
   */
  public record HostProcess(long id, String program, List<String> command) {
    /** The program's file name, also after that was replaced. */
    public String name() {
      String path = program.replace(" (deleted)", "");
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  /** All there are at this moment. */
  public List<HostProcess> all() throws IOException {
    Optional<String> ours = namespace("self");
    List<HostProcess> found = new ArrayList<>();
    for (String name : files.names("/proc")) {
      if (Character.isDigit(name.charAt(0)) && namespace(name).equals(ours)) {
        process(name).ifPresent(found::add);
      }
    }
    return found;
  }

  private Optional<String> namespace(String process) {
    return target("/proc/" + process + "/ns/mnt");
  }

  private Optional<HostProcess> process(String id) {
    try {
      String command =
          Files.readString(files.at("/proc/" + id + "/cmdline"), StandardCharsets.UTF_8);
      return Optional.of(
          new HostProcess(
              Long.parseLong(id),
              target("/proc/" + id + "/exe").orElse(""),
              List.of(command.split("\0", 0))));
    } catch (IOException | NumberFormatException gone) {
      return Optional.empty();
    }
  }

  private Optional<String> target(String link) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of(files.at(link).toString())).toString());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /**
   * The files that all processes run, also those in containers and walls, which see other names for
   * them; as {@link java.nio.file.attribute.BasicFileAttributes#fileKey} has them. A process by one
   * of these names is left out.
   */
  public Set<Object> programs(String without) throws IOException {
    Set<Object> programs = new HashSet<>();
    for (String name : files.names("/proc")) {
      if (Character.isDigit(name.charAt(0))) {
        Path link = files.at("/proc/" + name + "/exe");
        try {
          if (!Files.readSymbolicLink(link).toString().contains(without)) {
            programs.add(fileKey(link));
          }
        } catch (IOException gone) {
          // Or a thread of the kernel.
        }
      }
    }
    return programs;
  }

  /** By which two names of one file are known. */
  public static Object fileKey(Path file) throws IOException {
    return Objects.requireNonNull(
        Files.readAttributes(file, BasicFileAttributes.class).fileKey(), "fileKey");
  }

  /** What is mounted below a folder, the last first. */
  public List<String> mountsBelow(String folder) throws IOException {
    return files
        .text("/proc/self/mounts")
        .orElse("")
        .lines()
        .map(line -> line.split(" ", 3)[1].replace("\\040", " "))
        .filter(path -> path.startsWith(folder + "/"))
        .toList()
        .reversed();
  }
}
