package dev.cofferdam.shim.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.cofferdam.shim.containerd.Blob;
import dev.cofferdam.shim.image.TarHeader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An image of the canary, made here so that no registry is needed. The same program gives the same
 * image to the same shim, and another one to each shim that shares a containerd: none of them takes
 * away what another's check needs. Media types: OCI image specification 1.1.
 *
 * @param name by which containers ask for it
 */
record CanaryImage(String name, Blob layer, Blob config, Blob manifest) {
  static final String PROGRAM = "/canary";

  private static final String REPOSITORY = "cofferdam.dev/canary:check-";
  private static final int TAG_DIGITS = 12;

  /** Without it layers of two shims would be the same, and so one snapshot and one blob. */
  private static final String OWNER = "owner";

  private static final int OWNER_MODE = 0444;

  /** Of an archive. */
  private static final ByteString END = ByteString.copyFrom(new byte[2 * TarHeader.BLOCK]);

  private static final int MODE = 0555;
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /**
   * The image that has this program as {@link #PROGRAM}.
   *
   * @param owner the folder of the checks that it is for, which is one shim's alone
   */
  static CanaryImage of(byte[] program, Path owner) {
    byte[] who = owner.toString().getBytes(StandardCharsets.UTF_8);
    ByteString files =
        file(PROGRAM.substring(1), MODE, program).concat(file(OWNER, OWNER_MODE, who));
    Blob layer = new Blob(LAYER, files.concat(END));
    Blob config = new Blob(CONFIG, config(layer));
    return new CanaryImage(
        REPOSITORY + end(new Blob("", ByteString.copyFrom(who)).digest()),
        layer,
        config,
        new Blob(MANIFEST, manifest(config, layer)));
  }

  private static String end(String digest) {
    return digest.substring(digest.length() - TAG_DIGITS);
  }

  /** Of one layer, which is not compressed: its own digest. */
  String chainId() {
    return layer.digest();
  }

  /** By which CRI knows the image. */
  String id() {
    return config.digest();
  }

  private static ByteString file(String name, int mode, byte[] content) {
    int size = content.length;
    return ByteString.copyFrom(TarHeader.of(name, mode, size, 0))
        .concat(ByteString.copyFrom(content))
        .concat(ByteString.copyFrom(new byte[TarHeader.padding(size)]));
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
