package dev.cofferdam.microvm.monitor;

import dev.cofferdam.sandbox.Deadline;
import java.util.Optional;

/**
 * A way to run a microVM. Deliberately small: what does not differ between monitors is not here.
 * Thread-safe. Failures are {@link dev.cofferdam.sandbox.SandboxException}s that carry the
 * monitor's own words.
 */
public interface Monitor {

  /** For people and for {@link dev.cofferdam.sandbox.Wall}, such as {@code QEMU}. */
  String name();

  /** Image slots that each of its machines has. */
  int slots();

  /** Of the program as it is installed now. */
  String version(Deadline deadline);

  /**
   * Starts the machine and returns when its processor runs. If that fails, nothing is left.
   *
   * @param ready is made to listen before the guest runs
   */
  RunningMachine boot(Machine machine, ReadySocket ready, Deadline deadline);

  /** A machine that an earlier process booted, if it still runs. */
  Optional<RunningMachine> find(MachineFolder folder);

  /** Ends and removes whatever is left of a machine, in any state. May be repeated. */
  void purge(MachineFolder folder, Deadline deadline);
}
