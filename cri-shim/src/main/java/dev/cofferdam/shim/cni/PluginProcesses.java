package dev.cofferdam.shim.cni;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The CNI plugins at work on this node, whoever started them: a plugin is told what to do by {@code
 * CNI_COMMAND} in its environment.
 *
 * @param proc where procfs is mounted
 */
public record PluginProcesses(Path proc) {
  private static final int LONGEST_ENVIRONMENT = 2 << 20; // ARG_MAX

  /** Their process IDs. */
  public List<Long> running() throws IOException {
    return having("CNI_COMMAND=");
  }

  /** The processes with a variable in their environment that begins so. */
  List<Long> having(String variable) throws IOException {
    String mark = "\0" + variable;
    List<Long> running = new ArrayList<>();
    try (Stream<Path> entries = Files.list(proc)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = String.valueOf(entry.getFileName());
        if (Character.isDigit(name.charAt(0)) && has(entry, mark)) {
          running.add(Long.parseLong(name));
        }
      }
    }
    return running;
  }

  private static boolean has(Path process, String mark) {
    try (InputStream in = Files.newInputStream(process.resolve("environ"))) {
      byte[] environment = in.readNBytes(LONGEST_ENVIRONMENT);
      return ("\0" + new String(environment, StandardCharsets.ISO_8859_1)).contains(mark);
    } catch (IOException e) {
      return false; // ended meanwhile, or the kernel's own
    }
  }
}
