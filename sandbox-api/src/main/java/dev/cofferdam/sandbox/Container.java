package dev.cofferdam.sandbox;

import java.util.List;

/** A container of a running sandbox. Thread-safe; every call may be repeated. */
public interface Container {

  String id();

  /** Starts the first process. */
  void start(Deadline deadline);

  /**
   * Waits until the first process has ended, however long ago, and however often one asks. By then
   * all that it wrote is in its {@link Stdio}.
   */
  ExitStatus awaitExit() throws InterruptedException;

  /** Sends a signal (its Linux number) to the first process; none is an error once it has ended. */
  void signal(int signal, Deadline deadline);

  /** Ends all processes of the container at once. */
  void kill(Deadline deadline);

  /**
   * Runs a further process beside the first. The caller closes what it gets, which ends the process
   * if it still runs.
   */
  ExecProcess exec(ProcessSpec process, Deadline deadline);

  /** Process IDs as they are counted inside, the first process among them. */
  List<Long> processes(Deadline deadline);

  Usage usage(Deadline deadline);

  /** Changes the limits of a running container, where {@link Capabilities} has LIVE_UPDATE. */
  void update(Resources resources, Deadline deadline);

  /** Removes an ended container; one that never started too. */
  void delete(Deadline deadline);
}
