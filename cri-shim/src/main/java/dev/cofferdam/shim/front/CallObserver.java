package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.Status;

/**
 * Is told of every call that the front takes. Called on the event loop: it must be quick, and may
 * not fail.
 */
public interface CallObserver {

  /** Told nothing. */
  CallObserver NOBODY = (method, headers) -> Call.IGNORED;

  /** Who answers a call. */
  enum Server {
    /** containerd alone; so it is unless another is said. */
    CONTAINERD,
    /** This shim alone: it is about a pod of ours. */
    SHIM,
    /** Both, in one answer. */
    BOTH
  }

  /**
   * A call has come in.
   *
   * @param method its full name, such as {@code runtime.v1.RuntimeService/Version}; the caller's
   *     choice, so anything at all
   */
  Call begin(String method, Metadata headers);

  /** One call. */
  interface Call {
    /** One of which nobody wants to know. */
    Call IGNORED =
        new Call() {
          @Override
          public void answeredBy(Server server) {}

          @Override
          public void ended(Status status) {}
        };

    void answeredBy(Server server);

    /**
     * Told once, when all of the answer has been sent or the caller has gone.
     *
     * @param status what the caller got; CANCELLED where it did not wait for it
     */
    void ended(Status status);
  }
}
