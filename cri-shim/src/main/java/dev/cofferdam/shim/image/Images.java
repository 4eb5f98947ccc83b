package dev.cofferdam.shim.image;

import dev.cofferdam.containerd.types.Descriptor;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.ContentBlobs;
import dev.cofferdam.shim.containerd.ImageRecords;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The images that containerd has pulled. Safe for use by many threads. */
public final class Images {
  private static final int MAX_BLOB_BYTES = 4 << 20;

  /** An index may list indexes; deeper than this it is a joke. */
  private static final int MAX_NESTING = 4;

  /** How many configurations are remembered: what one of them says never changes. */
  private static final int REMEMBERED = 64;

  /** Few are longer; an image's author must not decide how much memory they take. */
  private static final int LONGEST_REMEMBERED_BYTES = 32 << 10;

  private final ImageRecords records;
  private final ContentBlobs blobs;
  private final Map<String, ConfigBlob> remembered =
      Collections.synchronizedMap(
          new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ConfigBlob> eldest) {
              return size() > REMEMBERED;
            }
          });

  public Images(Containerd containerd) {
    this.records = new ImageRecords(containerd);
    this.blobs = new ContentBlobs(containerd);
  }

  /**
   * Finds an image by ID or reference, and reads what it says.
   *
   * @throws SandboxException NOT_FOUND if it isn't on this node; INVALID_ARGUMENT if what it says
   *     can't be used; UNAVAILABLE while containerd is away
   */
  public Image resolve(String imageRefOrId, Deadline deadline) {
    if (imageRefOrId.isBlank()) {
      throw ImageJson.invalid("the container names no image");
    }
    dev.cofferdam.cri.v1.Image found =
        records
            .find(imageRefOrId, deadline)
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.NOT_FOUND,
                        "image " + imageRefOrId + " is not on this node; pull it first"));
    ConfigBlob config = remembered.get(found.getId());
    if (config == null) {
      config = configuration(imageRefOrId, found.getId(), deadline);
    }
    List<String> names = new ArrayList<>(found.getRepoTagsList());
    names.addAll(found.getRepoDigestsList());
    return new Image(found.getId(), names, ChainId.of(config.diffIds()), config.config());
  }

  /** What an image's ID is the digest of. */
  private ConfigBlob configuration(String imageRefOrId, String id, Deadline deadline) {
    Descriptor target = records.target(id, deadline);
    return find(id, new Manifest.Blob(target.getDigest(), target.getSize()), 0, deadline)
        .orElseThrow(
            () ->
                ImageJson.invalid(
                    "image " + imageRefOrId + " has no manifest with configuration " + id));
  }

  /** The configuration with that digest, looked for below a manifest or index. */
  private Optional<ConfigBlob> find(String id, Manifest.Blob blob, int nesting, Deadline deadline) {
    if (nesting == MAX_NESTING) {
      throw ImageJson.invalid("image " + id + ": its index is nested too deep");
    }
    return switch (Manifest.parse(blob.digest(), read(blob, deadline))) {
      case Manifest.Single single ->
          single.config().digest().equals(id)
              ? Optional.of(config(single, deadline))
              : Optional.empty();
      case Manifest.Index index -> {
        Optional<ConfigBlob> found = Optional.empty();
        for (Manifest.Blob candidate : index.candidates()) {
          found = inside(id, candidate, nesting + 1, deadline);
          if (found.isPresent()) {
            break;
          }
        }
        yield found;
      }
    };
  }

  /** Only the manifests that were pulled are there. */
  private Optional<ConfigBlob> inside(
      String id, Manifest.Blob candidate, int nesting, Deadline deadline) {
    try {
      return find(id, candidate, nesting, deadline);
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private ConfigBlob config(Manifest.Single manifest, Deadline deadline) {
    String digest = manifest.config().digest();
    ConfigBlob config = ConfigBlob.parse(digest, read(manifest.config(), deadline));
    if (!config.runsHere()) {
      throw ImageJson.invalid(
          "image " + digest + " is for " + config.platform() + ", this node is linux/amd64");
    }
    if (config.diffIds().size() != manifest.layerCount()) {
      throw ImageJson.invalid(
          "image "
              + digest
              + " names "
              + config.diffIds().size()
              + " layers, its manifest has "
              + manifest.layerCount());
    }
    if (manifest.config().size() <= LONGEST_REMEMBERED_BYTES) {
      remembered.put(digest, config);
    }
    return config;
  }

  private byte[] read(Manifest.Blob blob, Deadline deadline) {
    return blobs.read(blob.digest(), blob.size(), MAX_BLOB_BYTES, deadline);
  }
}
