package dev.cofferdam.shim.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UsersTest {
  @TempDir Path folder;
  private Path rootfs;

  @BeforeEach
  void makeAccounts() throws IOException {
    rootfs = folder.resolve("rootfs");
    Files.createDirectories(rootfs.resolve("etc"));
    Files.writeString(
        rootfs.resolve("etc/passwd"),
        """
        root:x:0:0:root:/root:/bin/sh
        broken line
        huge:x:99999999999:1::/:
        web:x:33:34::/:
        """);
    Files.writeString(
        rootfs.resolve("etc/group"),
        """
        root:x:0:
        web:x:34:web
        www:x:44:
        extra:x:55:bob,web
        short:x
        """);
  }

  private ProcessSpec.User resolve(String user) {
    return resolve(user, Optional.empty(), List.of(), false);
  }

  private ProcessSpec.User resolve(
      String user, Optional<Long> group, List<Long> more, boolean strict) {
    return new Users().resolve(rootfs, user, group, more, strict);
  }

  private static String text(ProcessSpec.User user) {
    return user.uid() + ":" + user.gid() + " " + user.supplementaryGroups();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|0:0 [0]",
        "0|0:0 [0]",
        "web|33:34 [34, 55]",
        "33|33:34 [34, 55]",
        "4711|4711:0 [0]",
        "web:www|33:44 [44, 55]",
        "33:77|33:77 [55, 77]",
        "4711:4712|4711:4712 [4712]",
        "2147483647|2147483647:0 [0]"
      })
  void resolve_user_asContainerdDoes(String user, String expected) {
    assertEquals(expected, text(resolve(user)));
  }

  @Test
  void resolve_runAsGroup_replacesTheUsersOwn() {
    assertEquals("33:7 [7, 9, 55]", text(resolve("web:www", Optional.of(7L), List.of(9L), false)));
  }

  @Test
  void resolve_strict_onlyTheGroupsThatWereGiven() {
    assertEquals("33:34 [9, 34]", text(resolve("web", Optional.empty(), List.of(9L, 9L), true)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nobody",
        "web:nobody",
        "huge",
        "99999999999",
        "2147483648",
        "-1",
        "a:b:c",
        ":1",
        "1:"
      })
  void resolve_unknownOrOutOfRange_isRefusedByName(String user) {
    SandboxException e = assertThrows(SandboxException.class, () -> resolve(user));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @Test
  void resolve_noFiles_numbersWorkAndNamesDoNot() throws IOException {
    Files.delete(rootfs.resolve("etc/passwd"));
    Files.delete(rootfs.resolve("etc/group"));
    Files.delete(rootfs.resolve("etc"));
    assertEquals("33:0 [0]", text(resolve("33")));
    SandboxException e = assertThrows(SandboxException.class, () -> resolve("root"));
    assertEquals("user \"root\" is not in the image's /etc/passwd", e.getMessage());
  }

  @Test
  void resolve_linksThatPointOut_seeTheImageOnly() throws IOException {
    Files.writeString(folder.resolve("passwd"), "web:x:666:666::/:\n");
    Files.delete(rootfs.resolve("etc/passwd"));
    Files.createSymbolicLink(rootfs.resolve("etc/passwd"), Path.of("../../passwd"));
    assertThrows(SandboxException.class, () -> resolve("web"));
    // As inside the container: / is the image's.
    Files.writeString(rootfs.resolve("passwd"), "web:x:77:78::/:\n");
    assertEquals(77, resolve("web").uid());
    Files.delete(rootfs.resolve("etc/passwd"));
    Files.createSymbolicLink(rootfs.resolve("etc/passwd"), Path.of("/passwd"));
    assertEquals(77, resolve("web").uid());
  }

  @Test
  void resolve_passwdIsNoFile_isRefusedWithoutOpeningIt() throws Exception {
    Path passwd = rootfs.resolve("etc/passwd");
    Files.delete(passwd);
    assertEquals(0, new ProcessBuilder("mkfifo", passwd.toString()).start().waitFor());
    SandboxException e = assertThrows(SandboxException.class, () -> resolve("web"));
    assertEquals("the image's /etc/passwd is not a file", e.getMessage());
    Files.delete(passwd);
    Files.createSymbolicLink(passwd, Path.of("passwd"));
    assertThrows(SandboxException.class, () -> resolve("web"));
  }

  @Test
  void resolve_hugePasswd_isRefused() throws IOException {
    Files.write(rootfs.resolve("etc/passwd"), new byte[9 << 20]);
    SandboxException e = assertThrows(SandboxException.class, () -> resolve("web"));
    assertTrue(String.valueOf(e.getMessage()).contains("longer than"));
  }
}
