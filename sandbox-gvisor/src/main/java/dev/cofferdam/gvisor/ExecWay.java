package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExitStatus;
import java.io.IOException;
import java.util.Optional;

/** What is special about a running {@link Exec} by the way in which it was started. Thread-safe. */
interface ExecWay {

  /** Whether its end is known. */
  boolean isTold();

  ExitStatus await() throws InterruptedException;

  /** Empty when it still runs at the deadline. */
  Optional<ExitStatus> await(Deadline deadline) throws InterruptedException;

  void signal(int signal, Deadline deadline) throws Refused;

  /** Its terminal has another size: the kernel tells only host processes of it. */
  void tellOfSize(Deadline deadline) throws IOException, Refused;

  /** Frees what it holds on the host. */
  void close();
}
