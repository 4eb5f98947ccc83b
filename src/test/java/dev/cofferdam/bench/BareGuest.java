package dev.cofferdam.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A guest with nothing around it: kernel, accelerator, memory and agent of a pod of ours, without
 * disks, network, a shim and a container. Its agent says when it has booted, as a pod's does.
 */
final class BareGuest implements AutoCloseable {

  /** What is kept of a pod's command line, with a value each. */
  private static final Set<String> KEPT =
      Set.of(
          "-M",
          "-accel",
          "-cpu",
          "-smp",
          "-m",
          "-object",
          "-display",
          "-kernel",
          "-initrd",
          "-append");

  private static final Set<String> KEPT_FLAGS =
      Set.of("-nodefaults", "-no-user-config", "-no-reboot");

  /** The agent connects to this port of the host's when it listens. */
  private static final int READY_PORT = 1027;

  private static final long BOOT_SECONDS = 180;

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final double bootMillis;

  private BareGuest(List<String> podsCommand) throws IOException, InterruptedException {
    folder = Files.createTempDirectory("bare");
    try (ServerSocketChannel ready = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ready.bind(UnixDomainSocketAddress.of(folder.resolve("v_" + READY_PORT)));
      Path device = folder.resolve("device");
      start(
          List.of(
              "vhost-device-vsock",
              "--vm",
              "guest-cid=3,socket=" + device + ",uds-path=" + folder.resolve("v")));
      await(device);
      long begun = System.nanoTime();
      start(bare(podsCommand, device));
      await(ready);
      bootMillis = (System.nanoTime() - begun) / 1e6;
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Boots one like the guest of a pod that runs now. */
  static BareGuest boot(List<String> podsCommand) {
    try {
      return new BareGuest(podsCommand);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** From the monitor's start until the agent's word. */
  double bootMillis() {
    return bootMillis;
  }

  /** The command line of the monitor of a pod that runs in this lab. */
  static List<String> commandOfAPod() throws IOException {
    for (long pid : LabProcesses.now().of(ProcessKind.MONITOR)) {
      String line =
          Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
      return Arrays.stream(line.split("\0")).toList();
    }
    throw new IllegalStateException("no microVM runs: the handler's pods are something else");
  }

  private static List<String> bare(List<String> podsCommand, Path device) {
    List<String> line = new ArrayList<>(List.of(podsCommand.getFirst()));
    for (int i = 1; i < podsCommand.size(); i++) {
      String word = podsCommand.get(i);
      if (KEPT_FLAGS.contains(word)) {
        line.add(word);
      } else if (KEPT.contains(word)) {
        line.addAll(podsCommand.subList(i, i + 2));
      }
    }
    line.addAll(List.of("-chardev", "socket,id=vsock,path=" + device));
    line.addAll(List.of("-device", "vhost-user-vsock-device,chardev=vsock"));
    return line;
  }

  private void start(List<String> command) throws IOException {
    processes.add(
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()))
            .start());
  }

  private void requireAlive() throws IOException {
    if (!processes.stream().allMatch(Process::isAlive)) {
      throw new IllegalStateException(
          "a bare guest ended: " + Files.readString(folder.resolve("log")));
    }
  }

  private void await(Path socket) throws IOException, InterruptedException {
    while (!Files.exists(socket)) {
      requireAlive();
      Thread.sleep(2);
    }
  }

  private void await(ServerSocketChannel ready) throws IOException, InterruptedException {
    CompletableFuture<Void> said = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                ready.accept().close();
                said.complete(null);
              } catch (IOException e) {
                said.completeExceptionally(e);
              }
            });
    try {
      said.get(BOOT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      requireAlive();
      throw new IllegalStateException("a bare guest did not boot", e);
    }
  }

  @Override
  public void close() {
    processes.reversed().forEach(BareGuest::end);
    try (var files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void end(Process process) {
    process.destroyForcibly();
    var _ = process.onExit().join();
  }
}
