package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.BackendContract;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.Patience;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pod's volumes are to those who use them, in a real guest. */
abstract class VolumeContract extends BackendContract {
  @TempDir Path host;

  private static Deadline enough() {
    return Deadline.after(Patience.of(Duration.ofMinutes(2)));
  }

  private static MountSpec bind(Path source, String destination, boolean readOnly) {
    return MountSpec.bind(source.toString(), destination, readOnly);
  }

  private Container run(Sandbox sandbox, String script, MountSpec... mounts) throws Exception {
    Container container =
        sandbox.createContainer(
            containerSpec(shell(script), Stdio.NONE, List.of(mounts)), enough());
    container.start(enough());
    return container;
  }

  private static int codeOf(Container container) throws Exception {
    return exitOf(container).code();
  }

  @Test
  void volume_folder_isReadAndWrittenOnBothSides() throws Exception {
    Files.writeString(host.resolve("in"), "from the host");
    String script = "test \"$(cat /v/in)\" = 'from the host' && echo back > /v/out";
    assertEquals(0, codeOf(run(sandbox(), script, bind(host, "/v", false))));
    assertEquals("back\n", Files.readString(host.resolve("out")));
  }

  @Test
  void volume_configMapSwapped_isSeenByARunningContainer() throws Exception {
    put("..one");
    Files.createSymbolicLink(host.resolve("key"), Path.of("..data/key"));
    String script =
        "test \"$(cat /conf/key)\" = ..one || exit 3; echo > /ready/now;"
            + " until test \"$(cat /conf/key)\" = ..two; do sleep 0.1; done";
    Path ready = Files.createDirectory(host.resolve("ready"));
    Container container =
        run(sandbox(), script, bind(host, "/conf", true), bind(ready, "/ready", false));
    Eventually.get(
        "the container has read the first version",
        () -> Optional.of(ready.resolve("now")).filter(Files::exists));
    put("..two");
    assertEquals(0, codeOf(container));
  }

  /** As kubelet does: a new folder, and a link renamed over the old one. */
  private void put(String version) throws IOException {
    Files.writeString(Files.createDirectory(host.resolve(version)).resolve("key"), version);
    Path link = Files.createSymbolicLink(host.resolve("..data_tmp"), Path.of(version));
    Files.move(link, host.resolve("..data"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void volume_readOnly_isNotWritten() throws Exception {
    assertNotEquals(0, codeOf(run(sandbox(), "echo x > /v/new", bind(host, "/v", true))));
    assertFalse(Files.exists(host.resolve("new")));
  }

  @Test
  void volume_singleFile_isLive() throws Exception {
    Path log = Files.createFile(host.resolve("termination-log"));
    Path hosts = Files.writeString(host.resolve("hosts"), "127.0.0.1 localhost");
    String script = "cat /etc/hosts > /dev/termination-log; ! echo x > /etc/hosts";
    int code =
        codeOf(
            run(
                sandbox(),
                script,
                bind(log, "/dev/termination-log", false),
                bind(hosts, "/etc/hosts", true)));
    assertEquals(0, code);
    assertEquals("127.0.0.1 localhost", Files.readString(log));
  }

  @Test
  void emptyDir_wholeAndPart_isTheSameToTwoContainers() throws Exception {
    Path whole = emptyDir("work");
    Path part = Files.createDirectory(whole.resolve("part"));
    Sandbox sandbox = sandbox();
    Container reader =
        run(
            sandbox,
            "until test -e /part/go; do sleep 0.1; done; cat /part/go > /part/seen",
            bind(part, "/part", false));
    Container writer =
        run(
            sandbox,
            "echo went > /work/part/tmp && busybox mv /work/part/tmp /work/part/go",
            bind(whole, "/work", false));
    assertEquals(0, codeOf(writer));
    assertEquals(0, codeOf(reader));
    assertEquals("went\n", Files.readString(part.resolve("seen")));
  }

  @Test
  void emptyDir_inMemory_hasItsLimitAndIsTheGuests() throws Exception {
    Path memory = emptyDir("memory");
    Mounts.mount("tmpfs", memory, "tmpfs", 0, "size=1m");
    try {
      String script =
          "echo small > /m/small && ! busybox dd if=/dev/zero of=/m/large bs=1M count=2";
      assertEquals(0, codeOf(run(sandbox(), script, bind(memory, "/m", false))));
      try (Stream<Path> onHost = Files.list(memory)) {
        assertEquals(0, onHost.count());
      }
    } finally {
      Mounts.unmount(memory, true);
    }
  }

  private Path emptyDir(String name) throws IOException {
    return Files.createDirectories(
        host.toRealPath().resolve("pods/uid/volumes/kubernetes.io~empty-dir/" + name));
  }

  @Test
  void volume_socketOfTheNode_isRefused() throws Exception {
    Path socket = host.resolve("s");
    Sandbox sandbox = sandbox();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(ErrorCode.UNSUPPORTED, () -> run(sandbox, "true", bind(socket, "/s", false)));
    }
  }

  @Test
  void fileService_killed_endsTheSandboxWithAReason() throws Exception {
    Sandbox sandbox = newSandbox();
    Container container = run(sandbox, "sleep 1000", bind(host, "/v", false));
    fileServiceOf(sandbox.id()).destroyForcibly();
    String reason = Eventually.returns("the end of the sandbox", sandbox::awaitEnd);
    assertTrue(reason.contains("ended or was killed"), reason);
    assertNotEquals(0, codeOf(container));
  }

  private static ProcessHandle fileServiceOf(String sandboxId) {
    String folder = "/" + sandboxId.substring(0, 32) + "/files.sock";
    return ProcessHandle.allProcesses()
        .filter(
            p ->
                p.info().arguments().stream().flatMap(Stream::of).anyMatch(a -> a.endsWith(folder)))
        .findFirst()
        .orElseThrow();
  }
}
