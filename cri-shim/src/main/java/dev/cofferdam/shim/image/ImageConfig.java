package dev.cofferdam.shim.image;

import java.util.List;
import java.util.Set;

/**
 * What an image says about its process. All of it is the image author's, and may be hostile; what
 * has been checked is only its form.
 *
 * @param user {@code user}, {@code uid}, {@code user:group} or {@code uid:gid}; blank: root
 * @param environment as {@code NAME=value}
 * @param workingDirectory absolute; {@code /} where the image names none
 * @param stopSignal a name or a number; blank: SIGTERM
 * @param volumes absolute paths that want storage of their own
 */
public record ImageConfig(
    List<String> entrypoint,
    List<String> command,
    List<String> environment,
    String user,
    String workingDirectory,
    String stopSignal,
    Set<String> volumes) {

  public ImageConfig {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
    volumes = Set.copyOf(volumes);
  }
}
