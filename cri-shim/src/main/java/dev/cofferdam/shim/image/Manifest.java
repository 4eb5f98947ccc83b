package dev.cofferdam.shim.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** A manifest, or an index of manifests, in OCI's form or Docker's. Pure. */
sealed interface Manifest {

  /**
   * One image.
   *
   * @param layerCount how many layers it lists
   */
  record Single(Blob config, int layerCount) implements Manifest {}

  /** Images for several platforms: those that may be for this machine, the best first. */
  record Index(List<Blob> candidates) implements Manifest {
    public Index {
      candidates = List.copyOf(candidates);
    }
  }

  /** Another blob that this one points at. */
  record Blob(String digest, long size) {}

  static Manifest parse(String digest, byte[] text) {
    String what = "manifest " + digest;
    ObjectNode json = ImageJson.object(what, text);
    boolean index = json.has("manifests");
    boolean single = json.has("config") || json.has("layers");
    // One text that is both can mean two different images to two readers (CVE-2021-41190).
    if (index == single) {
      throw ImageJson.invalid(what + " is neither an image manifest nor an index, or claims both");
    }
    return index ? index(what, json) : single(what, json);
  }

  private static Manifest single(String what, ObjectNode json) {
    return new Single(
        blob(what + ": \"config\"", json.path("config")),
        ImageJson.objects(what + ": \"layers\"", json.path("layers")).size());
  }

  private static Manifest index(String what, ObjectNode json) {
    List<Blob> ours = new ArrayList<>();
    List<Blob> unmarked = new ArrayList<>();
    for (ObjectNode entry : ImageJson.objects(what + ": \"manifests\"", json.path("manifests"))) {
      JsonNode platform = entry.path("platform");
      String os = ImageJson.text(what + ": \"os\"", platform.path("os"));
      String machine = ImageJson.text(what + ": \"architecture\"", platform.path("architecture"));
      if (os.equals("linux") && machine.equals("amd64")) {
        ours.add(blob(what, entry));
      } else if (os.isEmpty() && machine.isEmpty()) {
        unmarked.add(blob(what, entry));
      }
    }
    ours.addAll(unmarked);
    if (ours.isEmpty()) {
      throw ImageJson.invalid(what + " lists no image for linux/amd64");
    }
    return new Index(ours);
  }

  private static Blob blob(String what, JsonNode descriptor) {
    if (!descriptor.path("size").canConvertToLong()) {
      throw ImageJson.invalid(what + ": \"size\" is not a number");
    }
    return new Blob(
        ImageJson.digest(what + ": \"digest\"", descriptor.path("digest")),
        descriptor.path("size").asLong());
  }
}
