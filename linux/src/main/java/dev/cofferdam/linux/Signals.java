package dev.cofferdam.linux;

import java.io.IOException;

/** Signals to processes by their ID, where no {@link Pidfd} is at hand. */
public final class Signals {
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGKILL = 9;
  public static final int SIGTERM = 15;
  public static final int SIGCHLD = 17;

  private Signals() {}

  /** Sends a signal; 0 only asks whether the process exists. ESRCH: it does not. */
  public static void send(long pid, int signal) throws IOException {
    if (pid <= 0) {
      // To kill(2) these are process groups, 0 and -1 the worst of them.
      throw new IllegalArgumentException("not the ID of one process: " + pid);
    }
    Errno.check(Syscall.KILL.call(pid, signal), "send signal " + signal + " to process " + pid);
  }
}
