package dev.cofferdam.microvm.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real file service, which {@code dev/lib/files-program} builds. What a guest may do to it, its
 * own tests show.
 */
@Tag("contract")
class FileServiceTest {
  @TempDir Path dir;
  private Path vsock;
  private FileService service;
  private SandboxVolumes volumes;
  private Process process;

  @BeforeEach
  void start() throws IOException {
    Path program = program();
    vsock = dir.resolve("vsock.sock");
    service = new FileService(dir.resolve("files.sock"));
    volumes = new SandboxVolumes(service, Files.createDirectory(dir.resolve("work")));
    process =
        new ProcessBuilder(FileService.command(program, vsock, 0, service.control()))
            .inheritIO()
            .start();
    service.awaitReady(process.toHandle(), soon());
  }

  private static Path program() {
    String value = System.getenv("COFFERDAM_FILES");
    if (value == null || value.isBlank()) {
      throw new IllegalStateException("COFFERDAM_FILES is not set: run `dev/test contract`");
    }
    return Path.of(value);
  }

  @AfterEach
  void stop() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  /** What the service answers to a guest that wants a volume. */
  private String greet(GuestVolume volume) throws IOException {
    try (SocketChannel guest = SocketChannel.open(UnixDomainSocketAddress.of(vsock + "_1026"))) {
      guest.write(ByteBuffer.wrap(((GuestVolume.HostFiles) volume).greeting()));
      ByteBuffer answer = ByteBuffer.allocate(3);
      while (answer.hasRemaining() && guest.read(answer) >= 0) {
        // the rest
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void volumes_areProvidedOnceAndTakenBack() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("folder"));
    Path file = Files.writeString(dir.resolve("file"), "x");
    VolumePlan plan =
        VolumePlanner.plan(
            List.of(
                MountSpec.bind(folder.toString(), "/folder", true),
                MountSpec.bind(file.toString(), "/etc/file", false)));
    volumes.provide(plan, soon());
    volumes.provide(plan, soon());
    assertEquals(plan.volumes(), service.volumes(soon()));
    for (VolumeMount mount : plan.mounts()) {
      assertEquals("OK\n", greet(mount.volume()));
    }
    try (Stream<Path> left = Files.list(dir.resolve("work"))) {
      assertEquals(0, left.count());
    }
    String kept = plan.mounts().getFirst().volume().id();
    volumes.retain(Set.of(kept), soon());
    assertEquals(Set.of(kept), service.volumes(soon()));
    assertEquals("ERR", greet(plan.mounts().getLast().volume()));
  }

  @Test
  void volume_unmountedOnTheHost_staysUntilItIsTakenBack() throws IOException {
    Path mounted = Files.createDirectory(dir.resolve("mounted"));
    Mounts.mount("tmpfs", mounted, "tmpfs", 0, "size=64k");
    VolumePlan plan;
    try {
      plan = VolumePlanner.plan(List.of(MountSpec.bind(mounted.toString(), "/m", false)));
      volumes.provide(plan, soon());
    } finally {
      Mounts.unmount(mounted, false);
    }
    assertEquals("OK\n", greet(plan.mounts().getFirst().volume()));
    volumes.retain(Set.of(), soon());
    assertEquals(Set.of(), service.volumes(soon()));
  }

  @Test
  void provide_afterACrashInTheMiddle_clearsWhatWasLeft() throws IOException {
    Path left = Files.createDirectory(dir.resolve("work/files-123"));
    Mounts.mount("tmpfs", left, "tmpfs", 0, "size=64k");
    Path file = Files.writeString(dir.resolve("file"), "x");
    volumes.provide(
        VolumePlanner.plan(List.of(MountSpec.bind(file.toString(), "/f", true))), soon());
    assertFalse(Files.exists(left));
  }

  @Test
  void call_afterTheServiceDied_saysThatItIsAway() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    SandboxException e = assertThrows(SandboxException.class, () -> service.volumes(soon()));
    assertEquals(ErrorCode.UNAVAILABLE, e.code());
    e = assertThrows(SandboxException.class, () -> service.awaitReady(process.toHandle(), soon()));
    assertEquals(ErrorCode.PROGRAM_FAILED, e.code());
  }
}
