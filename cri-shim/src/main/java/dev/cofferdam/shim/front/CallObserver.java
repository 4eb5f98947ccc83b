package dev.cofferdam.shim.front;

import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Map;

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

  /** Both are told of everything, this one first. */
  default CallObserver and(CallObserver other) {
    return (method, headers) -> {
      Call mine = begin(method, headers);
      Call others = other.begin(method, headers);
      return new Call() {
        @Override
        public void answeredBy(Server server) {
          mine.answeredBy(server);
          others.answeredBy(server);
        }

        @Override
        public void about(Map<String, String> fields) {
          mine.about(fields);
          others.about(fields);
        }

        @Override
        public void step(String name, long nanos, boolean done) {
          mine.step(name, nanos, done);
          others.step(name, nanos, done);
        }

        @Override
        public void join(Metadata headersOfAnother) {
          mine.join(headersOfAnother);
          others.join(headersOfAnother);
        }

        @Override
        public void ended(Status status) {
          mine.ended(status);
          others.ended(status);
        }
      };
    };
  }

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

    /** The call that this thread is at work for; {@link #IGNORED} where it is for none. */
    static Call current() {
      return ObservedCalls.thisCall();
    }

    void answeredBy(Server server);

    /** What the call is about, as the log says it: IDs and names by field. */
    default void about(Map<String, String> fields) {}

    /**
     * A part of the work is over, now. It may come after {@link #ended}, for work goes on when its
     * caller has gone.
     *
     * @param nanos how long it took
     */
    default void step(String name, long nanos, boolean done) {}

    /** Adds to another call's headers what says that it is made for this one. */
    default void join(Metadata headersOfAnother) {}

    /**
     * Told once, when all of the answer has been sent or the caller has gone.
     *
     * @param status what the caller got; CANCELLED where it did not wait for it
     */
    void ended(Status status);
  }
}
