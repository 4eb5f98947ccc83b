package dev.cofferdam.microvm.monitor;

import dev.cofferdam.sandbox.Deadline;
import java.nio.file.Path;
import java.util.List;

/** A microVM whose processor runs. What can only be done before is not here. Thread-safe. */
public interface RunningMachine {

  /** The monitor's process. */
  long pid();

  /** Processes without which the machine is of no use, such as its vsock device. */
  List<Long> companions();

  /** Whether the guest is reached through one of those, so that it is lost without any. */
  default boolean needsCompanion() {
    return false;
  }

  /** Whether the monitor's process lives. */
  boolean isRunning();

  /**
   * The Unix socket that leads to the guest's vsock ports: connect, send {@code CONNECT port} and a
   * line's end, read {@code OK …}.
   */
  Path vsock();

  /** Puts an image into a slot. The guest must have nothing of the slot open. */
  void attach(int slot, Path image, Deadline deadline);

  /** Makes a slot empty again. */
  void detach(int slot, Deadline deadline);

  void pause(Deadline deadline);

  void resume(Deadline deadline);

  /** What the monitor says of itself, such as its version. An answer proves that it is alive. */
  String ask(Deadline deadline);

  /** Ends the monitor and what runs beside it, at once. */
  void stop(Deadline deadline);
}
