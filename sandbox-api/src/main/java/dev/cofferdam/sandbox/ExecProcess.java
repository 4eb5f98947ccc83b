package dev.cofferdam.sandbox;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * A process started by {@link Container#exec}. Its streams may be read and written on different
 * threads; they block, and closing them ends a blocked call.
 */
public interface ExecProcess extends AutoCloseable {

  /** What the process reads; closing it is the process's end of input. */
  OutputStream stdin();

  /** With a terminal, all output comes here. */
  InputStream stdout();

  /** Empty with a terminal. */
  InputStream stderr();

  /** Tells the process the size of its terminal, in characters. */
  void resize(int columns, int rows);

  ExitStatus awaitExit() throws InterruptedException;

  /** The same, no longer than until the deadline; empty when it still runs then. */
  Optional<ExitStatus> awaitExit(Deadline deadline) throws InterruptedException;

  void signal(int signal, Deadline deadline);

  /** Ends the process if it still runs, and frees what it holds on the host. */
  @Override
  void close();
}
