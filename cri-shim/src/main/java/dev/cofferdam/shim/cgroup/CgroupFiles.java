package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Reading and writing the kernel's control files. */
final class CgroupFiles {
  private static final int MAX_BYTES = 1 << 20;

  private CgroupFiles() {}

  /** In one write(2), never creating the file, as the kernel wants it. */
  static void write(Path file, String value) {
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.WRITE))) {
      channel.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchFileException e) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "cannot set " + file + " to " + value + ": this kernel doesn't have it",
          e);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "cannot set " + file + " to \"" + value + "\": " + e.getMessage(),
          e);
    }
  }

  static String read(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_BYTES), StandardCharsets.US_ASCII).strip();
    } catch (NoSuchFileException e) {
      throw new SandboxException(ErrorCode.NOT_FOUND, "no cgroup file " + file, e);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  static long number(Path file) {
    return number(file, read(file));
  }

  /** The value of one line of the form {@code key value}; 0 if there is no such line. */
  static long field(Path file, String key) {
    String start = key + " ";
    return read(file)
        .lines()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .map(line -> number(file, line.substring(start.length()).strip()))
        .orElse(0L);
  }

  private static long number(Path file, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, file + " holds \"" + text + "\", not a number", e);
    }
  }
}
