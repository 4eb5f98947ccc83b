package dev.cofferdam.shim.host;

import java.util.List;

/**
 * An image that the node has, as far as a container's making needs to know.
 *
 * @param id the digest of its configuration
 * @param reference a name with digest where it has one, else the ID
 * @param name a name with tag where it has one, else what was asked for
 * @param chainId names the stack of its layers
 * @param environment as {@code NAME=value}
 * @param user as in the image: {@code user}, {@code uid}, either with {@code :group}; or blank
 * @param stopSignal a name or a number; or blank
 * @param volumes paths that are to be volumes
 */
public record ContainerImage(
    String id,
    String reference,
    String name,
    String chainId,
    List<String> entrypoint,
    List<String> command,
    List<String> environment,
    String user,
    String workingDirectory,
    String stopSignal,
    List<String> volumes) {

  public ContainerImage {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
    volumes = List.copyOf(volumes);
  }
}
