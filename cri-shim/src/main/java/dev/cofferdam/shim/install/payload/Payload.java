package dev.cofferdam.shim.install.payload;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.FileImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder as {@code dev/lib/payload} makes it. {@code VERSION} says which it is, {@code MANIFEST}
 * has the SHA-256 of each file, as {@code sha256sum} writes them. Immutable.
 *
 * @param files hash of each file by its path in the folder
 */
public record Payload(Path folder, String version, Map<String, String> files) {
  public static final String MANIFEST = "MANIFEST";
  public static final String VERSION = "VERSION";

  /** As a folder, a unit's instance and an image's tag. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  (\\S.*)");

  /**
   * Reads what a folder says of itself; {@link #verify} compares.
   *
   * @throws SandboxException INVALID_ARGUMENT when it is no payload
   */
  public static Payload of(Path folder) throws IOException {
    Path manifest = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(manifest) || !Files.isRegularFile(folder.resolve(VERSION))) {
      throw broken(folder, "it has no files MANIFEST and VERSION");
    }
    String version = Files.readString(folder.resolve(VERSION)).strip();
    if (!NAME.matcher(version).matches()) {
      throw broken(folder, "its version is \"" + version + "\"");
    }
    Map<String, String> files = new TreeMap<>();
    for (String line : Files.readAllLines(manifest)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches() || !inside(matcher.group(2))) {
        throw broken(folder, "its manifest has the line \"" + line + "\"");
      }
      files.put(matcher.group(2), matcher.group(1));
    }
    return new Payload(folder, version, Map.copyOf(files));
  }

  private static boolean inside(String file) {
    Path path = Path.of(file);
    return !path.isAbsolute() && path.normalize().equals(path) && !path.startsWith("..");
  }

  /** Whether a folder claims to be one. */
  public static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(MANIFEST));
  }

  /**
   * Compares every file with its hash, and looks for files that have none.
   *
   * @throws SandboxException INVALID_ARGUMENT naming the first file that differs
   */
  public void verify() throws IOException {
    requireWhole();
    for (String file : new TreeSet<>(files.keySet())) {
      require(file, digest(folder.resolve(file)));
    }
  }

  /**
   * Whether the files of the manifest are there, and no others; not, what is in them.
   *
   * @throws SandboxException INVALID_ARGUMENT naming the first file that is missing or too many
   */
  public void requireWhole() throws IOException {
    TreeSet<String> missing = new TreeSet<>(files.keySet());
    try (Stream<Path> all = Files.walk(folder, new FileVisitOption[0])) {
      for (Path file : all.filter(f -> !Files.isDirectory(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
        String name = folder.relativize(file).toString();
        boolean known =
            missing.remove(name) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        if (!known && !name.equals(MANIFEST)) {
          throw broken(folder, name + " is not in its manifest");
        }
      }
    }
    if (!missing.isEmpty()) {
      throw broken(folder, missing.first() + " is missing");
    }
  }

  /**
   * Whether a file's SHA-256 is the manifest's.
   *
   * @throws SandboxException INVALID_ARGUMENT if it is not
   */
  void require(String file, String digest) {
    if (!digest.equals(files.get(file))) {
      throw broken(folder, file + " has another SHA-256 than its manifest says");
    }
  }

  private static String digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digest = new DigestInputStream(in, FileImage.sha256())) {
      digest.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    }
  }

  /** What it takes on disk. */
  public long bytes() throws IOException {
    long sum = 0;
    for (String file : files.keySet()) {
      sum += Files.size(folder.resolve(file));
    }
    return sum;
  }

  private static SandboxException broken(Path folder, String why) {
    return new SandboxException(
        ErrorCode.INVALID_ARGUMENT,
        "%s is not a payload that can be installed: %s".formatted(folder, why));
  }
}
