package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.live.Invalid;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a container runs, out of what its image and kubelet say. Pure; as containerd does it. */
final class ProcessMerge {
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private ProcessMerge() {}

  /**
   * Program and arguments: kubelet's command replaces the image's entrypoint, and with it the
   * image's command; kubelet's args replace the image's command only.
   */
  static List<String> args(ContainerConfig config, ContainerImage image) {
    List<String> args = new ArrayList<>(config.getCommandList());
    if (args.isEmpty()) {
      if (!image.entrypoint().equals(List.of(""))) {
        args.addAll(image.entrypoint());
      }
      args.addAll(config.getArgsCount() == 0 ? image.command() : config.getArgsList());
    } else {
      args.addAll(config.getArgsList());
    }
    if (args.isEmpty()) {
      throw Invalid.argument("config.command", "neither it nor the image names a program");
    }
    return args;
  }

  /** The image's variables, then kubelet's over them; a word without {@code =} unsets one. */
  static List<String> environment(ContainerConfig config, ContainerImage image, String hostname) {
    Map<String, String> merged = new LinkedHashMap<>();
    put(merged, PATH);
    if (config.getTty()) {
      put(merged, "TERM=xterm");
    }
    put(merged, "HOSTNAME=" + hostname);
    image.environment().forEach(variable -> put(merged, variable));
    config
        .getEnvsList()
        .forEach(
            variable -> put(merged, variable.getKey() + "=" + variable.getValue().toStringUtf8()));
    return List.copyOf(merged.values());
  }

  static String workingDirectory(ContainerConfig config, ContainerImage image) {
    if (!config.getWorkingDir().isEmpty()) {
      return config.getWorkingDir();
    }
    String ofImage = image.workingDirectory();
    return ofImage.isEmpty() ? "/" : ofImage.startsWith("/") ? ofImage : "/" + ofImage;
  }

  private static void put(Map<String, String> variables, String variable) {
    int equals = variable.indexOf('=');
    if (equals < 0) {
      variables.remove(variable);
    } else {
      variables.put(variable.substring(0, equals), variable);
    }
  }
}
