package dev.cofferdam.shim.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An image's configuration blob (OCI image specification, "Image Configuration"). Pure.
 *
 * @param platform such as {@code linux/amd64}; blank where it says nothing
 */
record ConfigBlob(String platform, List<String> diffIds, ImageConfig config) {
  private static final int MAX_STRING = 128 << 10;

  ConfigBlob {
    diffIds = List.copyOf(diffIds);
  }

  static ConfigBlob parse(String digest, byte[] text) {
    String what = "image configuration " + digest;
    ObjectNode json = ImageJson.object(what, text);
    List<String> diffIds = new ArrayList<>();
    JsonNode layers = json.path("rootfs").path("diff_ids");
    for (String ignored : ImageJson.strings(what + ": \"diff_ids\"", layers)) {
      diffIds.add(ImageJson.digest(what + ": \"diff_ids\"", layers.path(diffIds.size())));
    }
    return new ConfigBlob(platform(what, json), diffIds, process(what, json.path("config")));
  }

  /** Whether it can run here; images that don't say are given the benefit of the doubt. */
  boolean runsHere() {
    return platform.isEmpty() || platform.equals("linux/amd64");
  }

  private static String platform(String what, ObjectNode json) {
    String os = ImageJson.text(what + ": \"os\"", json.path("os"));
    String machine = ImageJson.text(what + ": \"architecture\"", json.path("architecture"));
    return os.isEmpty() && machine.isEmpty() ? "" : os + "/" + machine;
  }

  private static ImageConfig process(String what, JsonNode config) {
    if (!config.isMissingNode() && !config.isNull() && !config.isObject()) {
      throw ImageJson.invalid(what + ": \"config\" is not an object");
    }
    String folder = bounded(what, "WorkingDir", config);
    return new ImageConfig(
        ImageJson.strings(what + ": \"Entrypoint\"", config.path("Entrypoint")),
        ImageJson.strings(what + ": \"Cmd\"", config.path("Cmd")),
        ImageJson.strings(what + ": \"Env\"", config.path("Env")),
        bounded(what, "User", config),
        folder.startsWith("/") ? folder : "/" + folder,
        bounded(what, "StopSignal", config),
        volumes(what, config.path("Volumes")));
  }

  private static String bounded(String what, String field, JsonNode config) {
    String text = ImageJson.text(what + ": \"" + field + "\"", config.path(field));
    if (text.length() > MAX_STRING) {
      throw ImageJson.invalid(what + ": \"" + field + "\" is too long");
    }
    return text;
  }

  /** Docker's form of a set: an object whose values mean nothing. */
  private static Set<String> volumes(String what, JsonNode volumes) {
    if (volumes.isMissingNode() || volumes.isNull()) {
      return Set.of();
    }
    if (!volumes.isObject()) {
      throw ImageJson.invalid(what + ": \"Volumes\" is not an object");
    }
    Set<String> paths = new LinkedHashSet<>();
    volumes
        .fieldNames()
        .forEachRemaining(
            path -> {
              if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
                throw ImageJson.invalid(what + ": \"Volumes\" holds a path that isn't absolute");
              }
              // An empty folder over all that the image has.
              if (Path.of(path).normalize().getNameCount() == 0) {
                throw ImageJson.invalid(what + ": \"Volumes\" holds the root");
              }
              paths.add(path);
            });
    return paths;
  }
}
