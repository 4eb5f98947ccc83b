package dev.cofferdam.shim.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.cofferdam.shim.containerd.Blob;
import dev.cofferdam.shim.image.TarHeader;

/**
 * An image of one file, made here so that no registry is needed. The same program gives the same
 * image. Media types: OCI image specification 1.1.
 */
record CanaryImage(Blob layer, Blob config, Blob manifest) {
  static final String NAME = "cofferdam.dev/canary:check";
  static final String PROGRAM = "/canary";

  private static final int MODE = 0555;
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** The image whose only file, {@link #PROGRAM}, is this program. */
  static CanaryImage of(byte[] program) {
    Blob layer = new Blob(LAYER, tar(program));
    Blob config = new Blob(CONFIG, config(layer));
    return new CanaryImage(layer, config, new Blob(MANIFEST, manifest(config, layer)));
  }

  /** Of one layer, which is not compressed: its own digest. */
  String chainId() {
    return layer.digest();
  }

  /** By which CRI knows the image. */
  String id() {
    return config.digest();
  }

  private static ByteString tar(byte[] program) {
    int size = program.length;
    return ByteString.copyFrom(TarHeader.of(PROGRAM.substring(1), MODE, size, 0))
        .concat(ByteString.copyFrom(program))
        .concat(ByteString.copyFrom(new byte[TarHeader.padding(size) + 2 * TarHeader.BLOCK]));
  }

  private static ByteString config(Blob layer) {
    ObjectNode config = CheckJson.MAPPER.createObjectNode();
    config.put("architecture", "amd64").put("os", "linux");
    config.putObject("config").putArray("Entrypoint").add(PROGRAM);
    config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layer.digest());
    return bytes(config);
  }

  private static ByteString manifest(Blob config, Blob layer) {
    ObjectNode manifest = CheckJson.MAPPER.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST);
    describe(manifest.putObject("config"), config);
    describe(manifest.putArray("layers").addObject(), layer);
    return bytes(manifest);
  }

  private static void describe(ObjectNode descriptor, Blob blob) {
    descriptor.put("mediaType", blob.mediaType()).put("digest", blob.digest());
    descriptor.put("size", blob.bytes().size());
  }

  private static ByteString bytes(ObjectNode json) {
    return ByteString.copyFromUtf8(json.toString());
  }
}
