package dev.cofferdam.microvm.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What guests boot from: a folder with a kernel, an initial RAM file system with the agent, an
 * image of kernel modules, and a manifest with the hashes of the three. They are compared once,
 * before the first use. Thread-safe.
 */
public final class GuestImage {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KERNEL = "vmlinux";
  private static final String INITIAL_RAM_FILESYSTEM = "initramfs.cpio";
  private static final String MODULES = "modules.erofs";
  private static final String MANIFEST = "manifest.json";
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path folder;
  private final ReentrantLock checking = new ReentrantLock();
  private volatile boolean checked;

  public GuestImage(Path folder) {
    this.folder = folder;
  }

  public Path kernel() {
    return checked(KERNEL);
  }

  public Path initialRamFilesystem() {
    return checked(INITIAL_RAM_FILESYSTEM);
  }

  public Path modules() {
    return checked(MODULES);
  }

  private Path checked(String name) {
    if (!checked) {
      checking.lock();
      try {
        if (!checked) {
          check();
          checked = true;
        }
      } finally {
        checking.unlock();
      }
    }
    return folder.resolve(name);
  }

  private void check() {
    JsonNode files;
    try {
      files = JSON.readTree(Files.readAllBytes(folder.resolve(MANIFEST))).path("files");
    } catch (NoSuchFileException e) {
      throw missing(MANIFEST, e);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.CORRUPT_STATE,
          "cannot read " + folder.resolve(MANIFEST) + " of the guest image: " + e.getMessage(),
          e);
    }
    for (String name : new String[] {KERNEL, INITIAL_RAM_FILESYSTEM, MODULES}) {
      String wanted = files.path(name).path("sha256").asText("");
      String found = hash(name);
      if (!wanted.equals(found)) {
        throw new SandboxException(
            ErrorCode.CORRUPT_STATE,
            folder.resolve(name)
                + " is not the file that the guest image's manifest names: its SHA-256 is "
                + found
                + " and not "
                + (wanted.isBlank() ? "in the manifest at all" : wanted)
                + "; install the guest image again");
      }
    }
  }

  private String hash(String name) {
    try (InputStream in = Files.newInputStream(folder.resolve(name))) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchFileException e) {
      throw missing(name, e);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot read " + folder.resolve(name) + ": " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private SandboxException missing(String name, IOException e) {
    return new SandboxException(
        ErrorCode.PROGRAM_MISSING,
        "the guest image has no "
            + folder.resolve(name)
            + ": install it, or set backend.microvm.images to its folder",
        e);
  }
}
