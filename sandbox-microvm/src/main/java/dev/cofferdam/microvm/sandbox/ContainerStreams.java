package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.ProcessRef;
import dev.cofferdam.microvm.guest.v1.StandardStream;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries a container's streams between the guest and the shim's pipes, while the shim runs. */
final class ContainerStreams {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStreams.class);
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final GuestClient guest;
  private final ProcessRef process;
  private final Stdio stdio;
  private final boolean terminal;
  private final Path folder;
  private final SandboxEnd end;
  private final List<Thread> outputs = new ArrayList<>();
  private @Nullable Thread input;

  ContainerStreams(GuestClient guest, ContainerSpec spec, SandboxEnd end) {
    this.guest = guest;
    this.end = end;
    this.process = GuestProcesses.first(spec.id());
    this.stdio = spec.stdio();
    this.terminal = spec.process().terminal();
    this.folder = spec.directory();
  }

  /** Begins to carry; to be called once. */
  void begin() {
    if (terminal) {
      stdio.stdout().ifPresent(ContainerStreams::makeRaw);
    }
    output(stdio.stdout(), StandardStream.STANDARD_STREAM_STDOUT, "stdout.offset");
    if (!terminal) {
      output(stdio.stderr(), StandardStream.STANDARD_STREAM_STDERR, "stderr.offset");
    }
    stdio.stdin().ifPresent(pipe -> input = thread("stdin", () -> carryInput(pipe)));
  }

  /** The guest has a terminal of its own that does the work; ours only passes bytes. */
  private static void makeRaw(Path slave) {
    try (Fd terminal = Fd.open(slave, Fd.O_RDWR | Fd.O_NOCTTY | Fd.O_NONBLOCK, 0)) {
      Pty.makeRaw(terminal);
    } catch (IOException e) {
      throw Failures.io("opening terminal " + slave, e);
    }
  }

  private void output(Optional<Path> pipe, StandardStream stream, String offsetFile) {
    pipe.ifPresent(
        path ->
            outputs.add(
                thread(
                    offsetFile,
                    new OutputPump(
                        guest, process, stream, path, folder.resolve(offsetFile), end))));
  }

  private Thread thread(String what, Runnable work) {
    return Thread.ofVirtual().name("microvm-" + what + "-" + process.getContainerId()).start(work);
  }

  private void carryInput(Path pipe) {
    InputWriter writer =
        new InputWriter(guest, process, () -> Thread.currentThread().isInterrupted());
    int mode = terminal ? Fd.O_RDWR : Fd.O_RDONLY;
    try (Fd in = Fd.open(pipe, mode | Fd.O_NOCTTY | Fd.O_NONBLOCK, 0)) {
      writer.resume();
      ByteBuffer buffer = ByteBuffer.allocateDirect(InputWriter.MOST_BYTES);
      byte[] bytes = new byte[InputWriter.MOST_BYTES];
      boolean reads = true;
      while (reads) {
        // A pipe that nobody writes to yet is not at its end: the wait tells the two apart.
        if (!in.await(Epoll.IN, LONGEST_WAIT)) {
          continue;
        }
        buffer.clear();
        int count = in.read(buffer);
        if (count < 0) {
          writer.end();
          return;
        }
        buffer.flip().get(bytes, 0, count);
        reads = writer.write(bytes, 0, count);
      }
    } catch (IOException | SandboxException e) {
      LOG.debug("the input of container {} ended: {}", process.getContainerId(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until all that was written has been carried. */
  void awaitOutput() throws InterruptedException {
    for (Thread each : outputs) {
      each.join();
    }
  }

  /** Ends what still carries. */
  void close() {
    outputs.forEach(Thread::interrupt);
    Thread carrying = input;
    if (carrying != null) {
      carrying.interrupt();
    }
  }
}
