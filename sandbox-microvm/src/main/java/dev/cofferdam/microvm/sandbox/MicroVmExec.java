package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.DeleteProcessRequest;
import dev.cofferdam.microvm.guest.v1.ExecRequest;
import dev.cofferdam.microvm.guest.v1.ProcessRef;
import dev.cofferdam.microvm.guest.v1.ResizeTerminalRequest;
import dev.cofferdam.microvm.guest.v1.SignalRequest;
import dev.cofferdam.microvm.guest.v1.StandardStream;
import dev.cofferdam.microvm.guest.v1.WaitRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process beside a container's first one. */
final class MicroVmExec implements ExecProcess {
  private static final Logger LOG = LoggerFactory.getLogger(MicroVmExec.class);
  private static final int SIGKILL = 9;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final GuestClient guest;
  private final SandboxEnd sandboxEnd;
  private final ProcessRef process;
  private final InputStream stdout;
  private final InputStream stderr;
  private final OutputStream stdin;
  private final PendingExit exit;
  private final AtomicBoolean closed = new AtomicBoolean();

  private MicroVmExec(
      GuestClient guest, SandboxEnd sandboxEnd, ProcessRef process, boolean terminal) {
    this.guest = guest;
    this.sandboxEnd = sandboxEnd;
    this.process = process;
    this.exit = new PendingExit("a process in container " + process.getContainerId());
    this.stdout = new ExecOutput(guest, process, StandardStream.STANDARD_STREAM_STDOUT, sandboxEnd);
    this.stderr =
        terminal
            ? InputStream.nullInputStream()
            : new ExecOutput(guest, process, StandardStream.STANDARD_STREAM_STDERR, sandboxEnd);
    this.stdin = new Input(new InputWriter(guest, process, closed::get));
  }

  static MicroVmExec start(
      GuestClient guest,
      SandboxEnd sandboxEnd,
      String containerId,
      ProcessSpec spec,
      Deadline deadline) {
    ProcessRef process =
        ProcessRef.newBuilder()
            .setContainerId(containerId)
            .setExecId(UUID.randomUUID().toString())
            .build();
    var _ =
        guest.call(
            "running " + spec.args().getFirst() + " in container " + containerId,
            deadline,
            stub ->
                stub.exec(
                    ExecRequest.newBuilder()
                        .setProcess(process)
                        .setSpec(GuestProcesses.process(spec))
                        .setStdin(true)
                        .setStdout(true)
                        .setStderr(!spec.terminal())
                        .build()));
    MicroVmExec exec = new MicroVmExec(guest, sandboxEnd, process, spec.terminal());
    Thread.ofVirtual().name("microvm-exec-" + containerId).start(exec::watch);
    return exec;
  }

  private void watch() {
    try {
      WaitRequest request = WaitRequest.newBuilder().setProcess(process).build();
      exit.ended(
          GuestProcesses.exit(
              guest
                  .await(request, "waiting for a process in " + process.getContainerId())
                  .getExit()));
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.NOT_FOUND || !sandboxEnd.isRunning()) {
        // It went with its container, or with its sandbox.
        exit.ended(new ExitStatus(GuestProcesses.KILLED, false, Instant.now()));
      } else {
        exit.unknown(e);
      }
    } catch (RuntimeException e) {
      exit.unknown(e);
    }
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public InputStream stderr() {
    return stderr;
  }

  @Override
  public void resize(int columns, int rows) {
    try {
      var _ =
          guest.call(
              "resizing a terminal in container " + process.getContainerId(),
              Deadline.after(CLOSE_TIMEOUT),
              stub ->
                  stub.resizeTerminal(
                      ResizeTerminalRequest.newBuilder()
                          .setProcess(process)
                          .setColumns(columns)
                          .setRows(rows)
                          .build()));
    } catch (SandboxException e) {
      if (!exit.isTold()) {
        throw e;
      }
    }
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    return exit.await();
  }

  @Override
  public Optional<ExitStatus> awaitExit(Deadline deadline) throws InterruptedException {
    return exit.await(deadline);
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    if (exit.isTold() || !sandboxEnd.isRunning()) {
      return;
    }
    try {
      var _ =
          guest.call(
              "signalling a process in container " + process.getContainerId(),
              deadline,
              stub ->
                  stub.signal(
                      SignalRequest.newBuilder().setProcess(process).setSignal(signal).build()));
    } catch (SandboxException e) {
      boolean gone =
          e.code() == ErrorCode.NOT_FOUND
              || (e.code() == ErrorCode.UNAVAILABLE && !sandboxEnd.isRunning());
      if (!gone) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      signal(SIGKILL, Deadline.after(CLOSE_TIMEOUT));
      // Its exit is to be known before the guest forgets it.
      if (exit.isToldBy(Deadline.after(CLOSE_TIMEOUT))) {
        forget();
      }
    } catch (SandboxException e) {
      LOG.debug("ending process {}: {}", process.getExecId(), e.toString());
    } finally {
      closeQuietly(stdout);
      closeQuietly(stderr);
    }
  }

  private void forget() {
    if (sandboxEnd.isRunning()) {
      var _ =
          guest.call(
              "forgetting a process in container " + process.getContainerId(),
              Deadline.after(CLOSE_TIMEOUT),
              stub ->
                  stub.deleteProcess(
                      DeleteProcessRequest.newBuilder().setProcess(process).build()));
    }
  }

  private static void closeQuietly(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      LOG.debug("closing a stream", e); // none of ours throws
    }
  }

  /** Writing to it is writing to the process. */
  private static final class Input extends OutputStream {
    private final InputWriter writer;

    Input(InputWriter writer) {
      this.writer = writer;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) throws IOException {
      try {
        if (!writer.write(bytes, from, length)) {
          throw new IOException("the process reads no more");
        }
      } catch (SandboxException e) {
        throw new IOException(e.getMessage(), e);
      }
    }

    @Override
    public synchronized void close() throws IOException {
      try {
        writer.end();
      } catch (SandboxException e) {
        if (e.code() != ErrorCode.NOT_FOUND && e.code() != ErrorCode.UNAVAILABLE) {
          throw new IOException(e.getMessage(), e);
        }
      }
    }
  }
}
