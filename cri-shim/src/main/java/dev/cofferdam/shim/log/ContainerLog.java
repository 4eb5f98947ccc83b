package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Splice;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.ObjIntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one container's output: pipes into spools, spools into the log, and to whoever is
 * attached. While the log cannot be written or a client is behind, the pipes are not looked at, and
 * in the end the container itself waits. All on the pump's thread.
 */
final class ContainerLog {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration TERMINAL_STEP = Duration.ofMillis(20);
  private static final int TERMINAL_STEPS = 10;
  private static final int TERMINAL_BYTES = 64 * 1024;

  /** More than pipes and terminal can hold; a leftover process could write for ever. */
  private static final long DRAIN_BYTES = 4 << 20;

  private final String id;
  private final LogPump pump;
  private final Descriptors descriptors;
  private final Map<LogStream, Spool> spools;
  private final LogSink sink;
  private final Subscribers subscribers = new Subscribers();
  private final List<Long> keys = new ArrayList<>();
  private final List<CompletableFuture<Boolean>> finishing = new ArrayList<>();
  // Written by the pump's thread only; the metrics look at them.
  private volatile boolean stalled;
  private boolean retrying;
  private volatile boolean waiting;
  private boolean closed;
  private int quietSteps;

  ContainerLog(
      String id,
      LogPump pump,
      Descriptors descriptors,
      Map<LogStream, Spool> spools,
      LogSink sink) {
    this.id = id;
    this.pump = pump;
    this.descriptors = descriptors;
    this.spools = new EnumMap<>(spools);
    this.sink = sink;
  }

  /**
   * Begins to pump.
   *
   * @param fresh whether a log that cannot be opened is a failure; else it is tried again, as
   *     output waits for it already
   */
  void start(boolean fresh) throws IOException {
    try {
      if (fresh) {
        sink.settle();
      }
      watch();
    } catch (IOException | RuntimeException e) {
      leave();
      throw e;
    }
    tried(this::writeAll);
  }

  private void watch() throws IOException {
    for (LogStream stream : spools.keySet()) {
      Optional<Fd> pipe = descriptors.fd(stream.label());
      if (pipe.isPresent()) {
        keys.add(pump.watch(pipe.get(), () -> ready(() -> move(stream))));
      }
    }
    Optional<Fd> master = descriptors.fd(Descriptors.MASTER);
    if (master.isPresent()) {
      keys.add(pump.watch(master.get(), () -> ready(this::feed)));
    }
  }

  void subscribe(Subscriber subscriber) {
    if (closed) {
      subscriber.finish();
    } else {
      subscribers.add(subscriber);
    }
  }

  void unsubscribe(Subscriber subscriber) {
    subscribers.remove(subscriber);
    clientCaughtUp();
  }

  void reopen() throws IOException {
    sink.reopen();
  }

  /** Takes what is left and closes; true: all of it is in the log. */
  void finish(CompletableFuture<Boolean> done) {
    if (closed) {
      done.complete(true);
      return;
    }
    finishing.add(done);
    if (!stalled) {
      tried(this::drain);
    }
  }

  /** Closes as it is, for good. */
  void close() {
    leave();
    finishing.forEach(done -> done.complete(true));
  }

  /** The same for the next shim; who is attached here is told. */
  void handOver() {
    subscribers.cutOff("the shim was stopped or replaced; attach again");
    leave();
  }

  /**
   * The same for a next shim that takes over those who are attached, too.
   *
   * @param clients hands one over, under a number
   */
  void handOver(ObjIntConsumer<Subscriber> clients) {
    List<Subscriber> attached = subscribers.takeAll();
    leave();
    for (int i = 0; i < attached.size(); i++) {
      clients.accept(attached.get(i), i);
    }
  }

  /** Closes what this process holds; a next one goes on from there. */
  void leave() {
    if (!closed) {
      closed = true;
      keys.forEach(pump::unwatch);
      sink.close();
      descriptors.close();
      subscribers.end();
    }
  }

  /** Whether it cannot be written at the moment. */
  boolean stalled() {
    return stalled;
  }

  /** Whether a client holds it up. */
  boolean waiting() {
    return waiting;
  }

  private interface Step {
    void run() throws IOException;
  }

  /** An event may have been under way when looking was stopped. */
  private void ready(Step step) {
    if (!stalled && !waiting) {
      tried(step);
    }
  }

  private void tried(Step step) {
    if (closed) {
      return;
    }
    try {
      step.run();
    } catch (IOException e) {
      stall(e);
    }
  }

  /** Moves what a pipe holds a step further; how many bytes it held. */
  private long move(LogStream stream) throws IOException {
    Spool spool = spools.get(stream);
    Optional<Fd> pipe = descriptors.fd(stream.label());
    if (spool == null || pipe.isEmpty()) {
      return 0;
    }
    long from = spool.size();
    long moved = spool.fill(pipe.get(), Scratch.FILL_BYTES);
    if (moved > 0) {
      subscribers.deliver(stream, spool, from);
      sink.write(stream, false);
      if (subscribers.behind()) {
        waitForClients();
      }
    }
    return moved;
  }

  /** From the terminal into its pipe; -1: its last process has closed it. */
  private long feed() throws IOException {
    Optional<Fd> master = descriptors.fd(Descriptors.MASTER);
    Optional<Fd> pipe = descriptors.fd(LogStream.STDOUT.label());
    if (master.isEmpty() || pipe.isEmpty()) {
      return -1;
    }
    try {
      return Splice.toPipe(master.get(), pipe.get(), TERMINAL_BYTES);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EIO) {
        return -1;
      }
      throw e;
    }
  }

  private void writeAll() throws IOException {
    sink.settle();
    for (LogStream stream : spools.keySet()) {
      sink.write(stream, false);
    }
  }

  private void stall(IOException why) {
    if (!stalled) {
      LOG.atWarn()
          .addKeyValue("container", id)
          .log(
              "log of container {} waits, and is tried again every second: {}",
              id,
              why.getMessage());
    }
    stalled = true;
    look();
    if (!retrying) {
      retrying = true;
      pump.after(RETRY, () -> tried(this::retry));
    }
  }

  private void retry() throws IOException {
    retrying = false;
    writeAll();
    stalled = false;
    LOG.atInfo().addKeyValue("container", id).log("log of container {} goes on", id);
    look();
    if (!finishing.isEmpty()) {
      drain();
    }
  }

  private void waitForClients() {
    if (!waiting) {
      waiting = true;
      look();
      pump.after(pump.clientPatience(), this::clientTooSlow);
    }
  }

  private void clientTooSlow() {
    if (waiting && !closed) {
      subscribers.cutOffSlow("the client did not take the output for " + pump.clientPatience());
      clientCaughtUp();
    }
  }

  /** Looks again whether clients are behind. */
  void clientCaughtUp() {
    if (waiting && !closed && !subscribers.behind()) {
      waiting = false;
      look();
    }
  }

  private void look() {
    for (long key : keys) {
      try {
        pump.look(key, !stalled && !waiting);
      } catch (IOException e) {
        LOG.error("cannot change the watch on container {}", id, e);
      }
    }
  }

  private void drain() throws IOException {
    boolean terminalEnded = true;
    long drained = 0;
    long round;
    do {
      long fed = descriptors.terminal() ? feed() : -1;
      terminalEnded = fed < 0;
      round = Math.max(0, fed);
      for (LogStream stream : spools.keySet()) {
        round += move(stream);
      }
      drained += round;
    } while (round > 0 && drained < DRAIN_BYTES);
    // A terminal's last output arrives a moment after its process has ended.
    if (!terminalEnded && drained < DRAIN_BYTES && quietSteps++ < TERMINAL_STEPS) {
      pump.after(TERMINAL_STEP, () -> tried(this::drain));
      return;
    }
    for (LogStream stream : spools.keySet()) {
      sink.write(stream, true);
    }
    sink.commit();
    close();
  }
}
