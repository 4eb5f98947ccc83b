package dev.cofferdam.microvm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestImageTest {
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @TempDir Path folder;

  @BeforeEach
  void make() throws Exception {
    StringBuilder manifest = new StringBuilder("{\"files\": {");
    for (String name : new String[] {"vmlinux", "initramfs.cpio", "modules.erofs"}) {
      Files.createFile(folder.resolve(name));
      manifest.append(manifest.charAt(manifest.length() - 1) == '{' ? "" : ",");
      manifest.append("\"").append(name).append("\": {\"sha256\": \"").append(EMPTY).append("\"}");
    }
    Files.writeString(folder.resolve("manifest.json"), manifest + "}}");
  }

  private SandboxException refusal() {
    return assertThrows(SandboxException.class, () -> new GuestImage(folder).kernel());
  }

  @Test
  void kernel_asInTheManifest_isGiven() {
    assertEquals(folder.resolve("vmlinux"), new GuestImage(folder).kernel());
  }

  @Test
  void kernel_otherBytes_isRefused() throws Exception {
    Files.writeString(folder.resolve("vmlinux"), "another kernel");
    SandboxException e = refusal();
    assertEquals(ErrorCode.CORRUPT_STATE, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains(EMPTY), e::getMessage);
  }

  @Test
  void kernel_missing_saysWhere() throws Exception {
    Files.delete(folder.resolve("vmlinux"));
    SandboxException e = refusal();
    assertEquals(ErrorCode.PROGRAM_MISSING, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("backend.microvm.images"), e::getMessage);
  }

  @Test
  void manifest_missingOrBroken_isRefused() throws Exception {
    Files.writeString(folder.resolve("manifest.json"), "{");
    assertEquals(ErrorCode.CORRUPT_STATE, refusal().code());
    Files.delete(folder.resolve("manifest.json"));
    assertEquals(ErrorCode.PROGRAM_MISSING, refusal().code());
  }
}
