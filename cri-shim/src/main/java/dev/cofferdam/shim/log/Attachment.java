package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.FdStreams;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client at a container's streams. Thread-safe. */
public final class Attachment implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Attachment.class);

  private final Subscriber subscriber;
  private final Consumer<Subscriber> leave;

  Attachment(Subscriber subscriber, Consumer<Subscriber> leave) {
    this.subscriber = subscriber;
    this.leave = leave;
  }

  /**
   * Copies the client's input on a virtual thread.
   *
   * @param to is closed in the end
   * @param inputEnded run when the client has closed its input
   */
  void copyInput(InputStream from, Fd to, Runnable inputEnded) {
    Thread copier =
        Thread.ofVirtual()
            .name("attached-stdin")
            .start(
                () -> {
                  try (to) {
                    from.transferTo(new FdStreams(to).output());
                  } catch (IOException e) {
                    LOG.debug("attached input ended", e);
                  }
                  inputEnded.run();
                });
    subscriber.whenEnded(copier::interrupt);
  }

  /**
   * Tells the next shim, if one has taken over, that the client's input has ended, and the
   * container's is to end with it.
   */
  boolean toldNext() {
    Optional<ClientRelay> next = subscriber.next();
    next.ifPresent(
        relay -> {
          try {
            relay.inputEnded();
          } catch (IOException e) {
            LOG.debug("the next shim has ended", e);
          }
        });
    return next.isPresent();
  }

  /** Waits for the end: blank when container or client have ended it, else why it was cut off. */
  public String await() throws InterruptedException {
    try {
      return subscriber.ended().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends it; what was not delivered yet is not. */
  @Override
  public void close() {
    leave.accept(subscriber);
    subscriber.cutOff("");
  }
}
