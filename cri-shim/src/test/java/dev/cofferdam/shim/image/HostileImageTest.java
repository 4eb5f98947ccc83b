package dev.cofferdam.shim.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an image says is its author's, and parsed as such. */
final class HostileImageTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private static byte[] bytes(String text) {
    return text.replace('\'', '"').replace("DIGEST", DIGEST).getBytes(StandardCharsets.UTF_8);
  }

  private static void assertRefused(Executable parsing) {
    SandboxException e = assertThrows(SandboxException.class, parsing);
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{} {}",
        "{'config': []}",
        "{'config': {'User': 7}}",
        "{'config': {'User': 'a\\u0000b'}}",
        "{'config': {'Env': 'A=b'}}",
        "{'config': {'Env': [1]}}",
        "{'config': {'Env': [null]}}",
        "{'config': {'Entrypoint': {'0': 'sh'}}}",
        "{'config': {'Cmd': ['sh', ['-c']]}}",
        "{'config': {'WorkingDir': ['/']}}",
        "{'config': {'Volumes': ['/data']}}",
        "{'config': {'Volumes': {'data': {}}}}",
        "{'config': {'Volumes': {'/': {}}}}",
        "{'config': {'Volumes': {'/a/../..': {}}}}",
        "{'rootfs': {'diff_ids': 'x'}}",
        "{'rootfs': {'diff_ids': ['../../x']}}",
        "{'rootfs': {'diff_ids': ['sha512:00']}}",
        "{'rootfs': {'diff_ids': [{}]}}",
        "{'os': 1}"
      })
  void config_wrongForm_isRefused(String text) {
    assertRefused(() -> ConfigBlob.parse(DIGEST, bytes(text)));
  }

  @Test
  void config_nestedDeep_isRefused() {
    assertRefused(
        () -> ConfigBlob.parse(DIGEST, bytes("{'x':" + "[".repeat(5000) + "]".repeat(5000) + "}")));
  }

  @Test
  void config_tooManyArguments_areRefused() {
    String many = "'a',".repeat(20_000) + "'a'";
    assertRefused(() -> ConfigBlob.parse(DIGEST, bytes("{'config': {'Cmd': [" + many + "]}}")));
  }

  @Test
  void config_nothingSaid_isEmptyAndRunsHere() {
    ConfigBlob blob = ConfigBlob.parse(DIGEST, bytes("{'config': null}"));
    assertEquals("/", blob.config().workingDirectory());
    assertEquals("", blob.config().user());
    assertTrue(blob.runsHere());
    assertFalse(
        ConfigBlob.parse(DIGEST, bytes("{'os': 'linux', 'architecture': 'arm64'}")).runsHere());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'manifests': [], 'layers': []}",
        "{'manifests': []}",
        "{'manifests': {}}",
        "{'manifests': [1]}",
        "{'manifests': [{'digest': 'DIGEST', 'size': 1, 'platform': {'os': 'linux', 'architecture': 'arm64'}}]}",
        "{'manifests': [{'digest': 'DIGEST', 'size': '1'}]}",
        "{'manifests': [{'digest': 'sha256:x', 'size': 1}]}",
        "{'config': {'digest': 'DIGEST', 'size': 1e99}, 'layers': []}",
        "{'config': {'digest': 'DIGEST'}, 'layers': []}",
        "{'config': {'digest': 'DIGEST', 'size': 1}, 'layers': 'many'}"
      })
  void manifest_wrongForm_isRefused(String text) {
    assertRefused(() -> Manifest.parse(DIGEST, bytes(text)));
  }

  @Test
  void index_severalPlatforms_oursFirst() {
    Manifest index =
        Manifest.parse(
            DIGEST,
            bytes(
                "{'manifests': [{'digest': 'DIGEST', 'size': 1, 'platform': null},"
                    + "{'digest': 'DIGEST', 'size': 2, 'platform': {'os': 'unknown', 'architecture': 'unknown'}},"
                    + "{'digest': 'DIGEST', 'size': 3, 'platform': {'os': 'linux', 'architecture': 'amd64'}}]}"));
    assertEquals(
        List.of(3L, 1L),
        ((Manifest.Index) index).candidates().stream().map(Manifest.Blob::size).toList());
  }
}
