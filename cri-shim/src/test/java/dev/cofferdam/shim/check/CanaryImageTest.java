package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CanaryImageTest {
  private static final byte[] PROGRAM = "a program".getBytes(StandardCharsets.US_ASCII);

  private static final Path OWNER = Path.of("/run/cofferdam/check");

  private final CanaryImage image = CanaryImage.of(PROGRAM, OWNER);

  @Test
  void layer_isAnArchiveThatTarReads(@TempDir Path folder) throws Exception {
    Path archive = folder.resolve("layer.tar");
    Files.write(archive, image.layer().bytes().toByteArray());

    Process tar =
        new ProcessBuilder("tar", "-xpf", archive.toString(), "-C", folder.toString())
            .inheritIO()
            .start();

    assertEquals(true, tar.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, tar.exitValue());
    Path canary = folder.resolve("canary");
    assertArrayEquals(PROGRAM, Files.readAllBytes(canary));
    assertEquals(true, Files.isExecutable(canary));
  }

  @Test
  void manifest_namesWhatItIsMadeOf() throws Exception {
    JsonNode manifest = CheckJson.MAPPER.readTree(image.manifest().bytes().toByteArray());
    JsonNode config = CheckJson.MAPPER.readTree(image.config().bytes().toByteArray());

    assertEquals(image.config().digest(), manifest.at("/config/digest").asText());
    assertEquals(image.layer().digest(), manifest.at("/layers/0/digest").asText());
    assertEquals(image.layer().bytes().size(), manifest.at("/layers/0/size").asInt());
    assertEquals(image.chainId(), config.at("/rootfs/diff_ids/0").asText());
  }

  @Test
  void image_ofTheSameProgramAndShim_isTheSame() {
    assertEquals(image, CanaryImage.of(PROGRAM, OWNER));
    assertNotEquals(image.id(), CanaryImage.of(new byte[] {1}, OWNER).id());
  }

  @Test
  void image_ofAnotherShim_sharesNothingThatARemovalTakesAway() {
    CanaryImage other = CanaryImage.of(PROGRAM, Path.of("/run/other/check"));

    assertNotEquals(image.name(), other.name());
    assertNotEquals(image.chainId(), other.chainId());
    assertNotEquals(image.id(), other.id());
    assertNotEquals(image.manifest().digest(), other.manifest().digest());
  }
}
