package dev.cofferdam.shim.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** Manifests and configurations: read as something that a kernel can take, or refused. */
class ImageFuzz {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  @Provide
  Arbitrary<byte[]> configs() {
    return Mutations.of(
        """
        {"architecture":"amd64","os":"linux","config":{"User":"www:www","Env":["PATH=/bin","A"],\
        "Entrypoint":["/entry"],"Cmd":["a","b"],"Volumes":{"/data":{},"/a/../../b":{}},\
        "WorkingDir":"/srv","StopSignal":"SIGTERM"},"rootfs":{"type":"layers",\
        "diff_ids":["%s","%s"]}}"""
            .formatted(DIGEST, DIGEST),
        "{}");
  }

  @Provide
  Arbitrary<byte[]> manifests() {
    return Mutations.of(
        """
        {"schemaVersion":2,"config":{"digest":"%s","size":7},"layers":[{"digest":"%s","size":1}]}"""
            .formatted(DIGEST, DIGEST),
        """
        {"schemaVersion":2,"manifests":[{"digest":"%s","size":7,"platform":{"os":"linux",\
        "architecture":"amd64"}},{"digest":"%s","size":8}]}"""
            .formatted(DIGEST, DIGEST));
  }

  @Fuzz
  void config_isReadOrRefused(@ForAll("configs") byte[] text) {
    ConfigBlob config;
    try {
      config = ConfigBlob.parse(DIGEST, text);
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      return;
    }
    ImageConfig process = config.config();
    Stream.of(
            process.entrypoint().stream(),
            process.command().stream(),
            process.environment().stream(),
            process.volumes().stream(),
            Stream.of(process.user(), process.workingDirectory(), process.stopSignal()))
        .flatMap(each -> each)
        .forEach(each -> assertTrue(each.indexOf('\0') < 0, each));
    assertTrue(process.workingDirectory().startsWith("/"));
    config.diffIds().forEach(each -> assertEquals(DIGEST.length(), each.length()));
  }

  @Fuzz
  void manifest_isReadOrRefused(@ForAll("manifests") byte[] text) {
    try {
      switch (Manifest.parse(DIGEST, text)) {
        case Manifest.Single single -> assertEquals(71, single.config().digest().length());
        case Manifest.Index index -> assertTrue(!index.candidates().isEmpty());
      }
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    }
  }
}
