package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.SandboxException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A further process of a fake container. */
record FakeExec(Process process) implements ExecProcess {

  @Override
  public OutputStream stdin() {
    return process.getOutputStream();
  }

  @Override
  public InputStream stdout() {
    return process.getInputStream();
  }

  @Override
  public InputStream stderr() {
    return process.getErrorStream();
  }

  @Override
  public void resize(int columns, int rows) {
    throw new SandboxException(ErrorCode.UNSUPPORTED, "the fake has no terminals");
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    process.waitFor();
    return HostProcess.statusOf(process);
  }

  @Override
  public Optional<ExitStatus> awaitExit(Deadline deadline) throws InterruptedException {
    boolean ended = process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    return ended ? Optional.of(HostProcess.statusOf(process)) : Optional.empty();
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    HostProcess.signal(process, signal);
  }

  @Override
  public void close() {
    HostProcess.endTree(process);
  }
}
