package dev.cofferdam.shim.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;

/** An image's own accounts, and the name of whom it wants to run as. */
class AccountsFuzz {
  private static final Path ROOT = folder();

  private static Path folder() {
    try {
      Path root = Files.createTempDirectory("accounts");
      Files.createDirectory(root.resolve("etc"));
      return root;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterContainer
  static void clean() throws IOException {
    for (String name : List.of("etc/passwd", "etc/group", "etc", ".")) {
      Files.deleteIfExists(ROOT.resolve(name).normalize());
    }
  }

  @Provide
  Arbitrary<byte[]> passwords() {
    return Mutations.of("root:x:0:0:root:/root:/bin/sh\nwww:x:33:44::/:\nbig:x:2147483647:1::\n");
  }

  @Provide
  Arbitrary<byte[]> groups() {
    return Mutations.of("root:x:0:\nwww:x:44:big,www\nstaff:x:50:www\n");
  }

  @Provide
  Arbitrary<String> users() {
    return Arbitraries.oneOf(
        Arbitraries.of("www", "www:staff", "33", "33:44", ":", "0:", "-1", "4294967295", "w w"),
        Mutations.of("www:staff", "1000:1000").map(b -> new String(b, StandardCharsets.UTF_8)));
  }

  @Fuzz
  void user_isFoundOrRefused(
      @ForAll("passwords") byte[] passwd,
      @ForAll("groups") byte[] group,
      @ForAll("users") String user)
      throws IOException {
    Files.write(ROOT.resolve("etc/passwd"), passwd);
    Files.write(ROOT.resolve("etc/group"), group);
    try {
      ProcessSpec.User found =
          new Users().resolve(ROOT, user, Optional.empty(), List.of(7L), false);
      assertTrue(found.uid() >= 0 && found.uid() <= 0xFFFF_FFFFL, found::toString);
      assertTrue(found.gid() >= 0 && found.gid() <= 0xFFFF_FFFFL, found::toString);
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    }
  }
}
