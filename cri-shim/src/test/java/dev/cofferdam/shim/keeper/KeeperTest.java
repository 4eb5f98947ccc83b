package dev.cofferdam.shim.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Fifo;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeeperTest {
  @TempDir Path dir;

  @AfterEach
  void stop() {
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
  }

  private Keeper keeper() {
    return KeeperProcess.at(dir.resolve("keeper.sock"));
  }

  @Test
  void get_everythingElseClosed_readsWhatWasLeftInThePipe() throws Exception {
    Path path = dir.resolve("fifo");
    Fifo.create(path, 0600);
    try (Fd fifo = Fd.open(path, Fd.O_RDWR | Fd.O_NONBLOCK, 0)) {
      keeper().put("c1/stdout", fifo);
      fifo.write(ByteBuffer.wrap("last words".getBytes(StandardCharsets.UTF_8)));
    }
    ByteBuffer got = ByteBuffer.allocate(20);
    // A second client, as after a restart of the shim.
    try (Fd again = keeper().get("c1/stdout").orElseThrow()) {
      assertEquals(10, again.read(got));
    }
    assertEquals("last words", new String(got.array(), 0, 10, StandardCharsets.UTF_8));
  }

  @Test
  void put_keeperWasKilled_anotherIsStartedAndToldOf() throws Exception {
    Keeper keeper = keeper();
    AtomicInteger restarts = new AtomicInteger();
    keeper.onRestart(restarts::incrementAndGet);
    KeeperProcess.stopAt(dir.resolve("keeper.sock"));
    try (Fd fd = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY, 0)) {
      keeper.put("a", fd);
    }
    assertEquals(List.of("a"), keeper.names());
    assertEquals(1, restarts.get());
  }

  @Test
  void drop_thenGet_isEmpty() throws Exception {
    Keeper keeper = keeper();
    try (Fd fd = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY, 0)) {
      keeper.put("a", fd);
      keeper.put("b", fd);
      keeper.put("b", fd);
    }
    assertEquals(List.of("a", "b"), keeper.names());
    keeper.drop("a");
    keeper.drop("a");
    assertFalse(keeper.get("a").isPresent());
    assertEquals(List.of("b"), keeper.names());
  }

  @Test
  void put_badName_isRefusedWithTheReason() throws Exception {
    Keeper keeper = keeper();
    try (Fd fd = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY, 0)) {
      assertThrows(SandboxException.class, () -> keeper.put("a b", fd));
    }
  }

  @Test
  void get_nobodyListensAndNoProgram_saysSo() {
    Keeper keeper = new Keeper(dir.resolve("no-such-program"), dir.resolve("missing.sock"));
    SandboxException e = assertThrows(SandboxException.class, () -> keeper.get("a"));
    assertEquals(ErrorCode.PROGRAM_MISSING, e.code());
  }

  /** As the keeper does with who says nothing for two seconds. */
  @Test
  void drop_keeperGaveUpTheConnection_isAskedAgain() throws Exception {
    Path socket = dir.resolve("impatient.sock");
    try (ServerSocketChannel server =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket))) {
      Thread keeper =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      server.accept().close();
                      try (SocketChannel second = server.accept()) {
                        var _ = second.read(ByteBuffer.allocate(512));
                        var _ =
                            second.write(ByteBuffer.wrap("ok\n".getBytes(StandardCharsets.UTF_8)));
                      }
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
      new Keeper(dir.resolve("no-such-program"), socket).drop("c1/stdout");
      assertTrue(keeper.join(Duration.ofSeconds(10)));
    }
  }

  @Test
  void connectOrStart_noProgram_saysSo() {
    Path missing = dir.resolve("no-such-program");
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> Keeper.connectOrStart(missing, dir.resolve("s"), Duration.ofSeconds(1)));
    assertEquals(ErrorCode.PROGRAM_MISSING, e.code());
  }

  @Test
  void connectOrStart_programThatFails_saysWithWhichCode() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () ->
                Keeper.connectOrStart(
                    Path.of("/bin/false"), dir.resolve("s"), Duration.ofSeconds(10)));
    assertEquals(ErrorCode.PROGRAM_FAILED, e.code());
  }
}
