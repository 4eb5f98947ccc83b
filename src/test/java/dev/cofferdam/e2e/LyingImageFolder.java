package dev.cofferdam.e2e;

import dev.cofferdam.lab.LabException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The guest image of a node, whose guests can be made to lie: those that boot from then on have
 * another agent. The shim, which has looked at the image's hashes before, is not told: as if the
 * guest had been taken over after it booted.
 */
final class LyingImageFolder {
  private static final String INITRAMFS = "initramfs.cpio";

  private final Path folder;
  private final Path honest = Path.of(required("COFFERDAM_GUEST_IMAGE"));
  private final Path liar = Path.of(required("COFFERDAM_LIAR"));

  LyingImageFolder(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    for (String name : new String[] {"vmlinux", "modules.erofs", "manifest.json"}) {
      Files.createSymbolicLink(folder.resolve(name), honest.resolve(name));
    }
    tellTheTruth();
  }

  Path folder() {
    return folder;
  }

  void tellTheTruth() throws IOException {
    put(Files.readAllBytes(honest.resolve(INITRAMFS)));
  }

  /** The kernel unpacks the archives one after the other: the lie's name is in the last one. */
  void lie(String lie) throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(Files.readAllBytes(liar));
    both.write(Files.readAllBytes(liar.resolveSibling(lie + ".cpio")));
    put(both.toByteArray());
  }

  private void put(byte[] content) throws IOException {
    Path made = Files.write(folder.resolve(INITRAMFS + ".new"), content);
    Files.move(made, folder.resolve(INITRAMFS), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String required(String variable) {
    String value = System.getenv(variable);
    if (value == null || value.isBlank()) {
      throw new LabException(variable + " is not set: dev/test --long e2e sets it");
    }
    return value;
  }
}
