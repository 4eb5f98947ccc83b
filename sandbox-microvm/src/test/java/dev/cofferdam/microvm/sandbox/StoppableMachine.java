package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.sandbox.Deadline;
import java.nio.file.Path;
import java.util.List;

/** A machine that does nothing but run until it is stopped. */
final class StoppableMachine implements RunningMachine {
  private volatile boolean running = true;

  @Override
  public long pid() {
    return 0;
  }

  @Override
  public List<Long> companions() {
    return List.of();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public Path vsock() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void attach(int slot, Path image, Deadline deadline) {}

  @Override
  public void detach(int slot, Deadline deadline) {}

  @Override
  public void pause(Deadline deadline) {}

  @Override
  public void resume(Deadline deadline) {}

  @Override
  public String ask(Deadline deadline) {
    return "";
  }

  @Override
  public void stop(Deadline deadline) {
    running = false;
  }
}
