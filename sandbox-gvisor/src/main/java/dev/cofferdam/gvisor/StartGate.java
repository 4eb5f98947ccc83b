package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Fifo;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.NetworkInMaking;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Holds {@code runsc run} back between creating a sandbox, which needs no network interfaces, and
 * starting it, which reads them: in an OCI hook that waits for a word of ours. A second runsc for
 * the start would cost the time that this saves. When the shim dies, so does the hook, by the end
 * of its pipe, and runsc undoes what it has created; a hook that had not begun to read is found by
 * its command line, as all of the sandbox's processes are.
 */
final class StartGate implements AutoCloseable {
  private static final String GO = "go";

  /** {@code $0} is what its sandbox is known by. */
  private static final String SCRIPT = "read -r word < \"$1\" && [ \"$word\" = " + GO + " ]";

  private final Fd pipe;
  private final Thread waiting;
  private volatile Optional<SandboxException> failure = Optional.empty();

  private StartGate(Fd pipe, NetworkInMaking network, Deadline deadline) {
    this.pipe = pipe;
    this.waiting =
        Thread.ofVirtual().name("gvisor-start-gate").unstarted(() -> open(network, deadline));
  }

  /** A gate that opens when the network is made. */
  static StartGate behind(NetworkInMaking network, Layout layout, Deadline deadline)
      throws IOException {
    Fifo.create(layout.startGate(), 0600);
    // For reading too: so opening does not wait for the hook, and what is written is kept for it.
    Fd pipe = Fd.open(layout.startGate(), Fd.O_RDWR | Fd.O_CLOEXEC, 0);
    StartGate gate = new StartGate(pipe, network, deadline);
    gate.waiting.start();
    return gate;
  }

  /** Adds the hook to a bundle's specification. */
  static void addTo(ObjectNode spec, Layout layout) {
    Path pipe = layout.startGate();
    ObjectNode hook = spec.putObject("hooks").putArray("createRuntime").addObject();
    hook.put("path", "/bin/sh");
    hook.putArray("args")
        .add("sh")
        .add("-c")
        .add(SCRIPT)
        .add("--root=" + layout.root())
        .add(pipe.toString());
  }

  private void open(NetworkInMaking network, Deadline deadline) {
    String word = "stop";
    try {
      network.await(deadline);
      word = GO;
    } catch (SandboxException e) {
      failure = Optional.of(e);
    } finally {
      say(word);
    }
  }

  private void say(String word) {
    try {
      int _ = pipe.write(ByteBuffer.wrap((word + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      failure = Optional.of(Failures.io("letting a sandbox start", e));
    }
  }

  /** Why it did not open; empty where it did, or nobody has asked it yet. */
  Optional<SandboxException> failure() {
    return failure;
  }

  @Override
  public void close() {
    waiting.interrupt();
    boolean interrupted = false;
    while (waiting.isAlive()) {
      try {
        waiting.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    pipe.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
