package dev.cofferdam.shim.stream;

import java.util.List;

/** What a URL was given out for. */
sealed interface Ticket {

  /** The part of the URL's path before the token. */
  String path();

  /** A session with up to three streams of a process. */
  sealed interface Command extends Ticket {
    Wanted wanted();
  }

  record Exec(Wanted wanted, ExecTarget target) implements Command {
    @Override
    public String path() {
      return "exec";
    }
  }

  record Attach(Wanted wanted, AttachTarget target) implements Command {
    @Override
    public String path() {
      return "attach";
    }
  }

  /**
   * Any number of connections to a pod's ports.
   *
   * @param ports what WebSocket clients of the older kind can reach; SPDY clients name their own
   */
  record PortForward(String sandboxId, List<Integer> ports, PortForwardTarget target)
      implements Ticket {
    @Override
    public String path() {
      return "portforward";
    }
  }

  /** The streams that the CRI request named. */
  record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean terminal) {}
}
