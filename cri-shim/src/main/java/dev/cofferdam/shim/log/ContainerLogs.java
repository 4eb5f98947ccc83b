package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.metrics.Gauge;
import dev.cofferdam.shim.metrics.MetricSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All containers' standard streams. Thread-safe; every call may be repeated. Failures are {@link
 * SandboxException}s.
 */
public final class ContainerLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerLogs.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(10);
  private static final Duration KEEPER_LOOK = Duration.ofSeconds(10);

  /** The log's folder is gone, or somebody has put a link or a FIFO in its place. */
  private static final Set<Errno> PATH_ERRORS =
      Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EXDEV, Errno.ENXIO);

  private final Keeper keeper;
  private final LogPump pump;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final Map<String, Ending> ending = new ConcurrentHashMap<>();
  private final HandedClients handed;
  private final Map<String, Fd> terminals = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread keeperWatch =
      Thread.ofVirtual().name("keeper-watch").unstarted(this::watchKeeper);

  /** A log that is being written to its end, and then let go of. */
  private record Ending(CompletableFuture<Boolean> done, CompletableFuture<Void> gone) {}

  private record Entry(Descriptors descriptors, ContainerLog log, Path dir) {}

  private ContainerLogs(Keeper keeper, LogPump pump) {
    this.keeper = keeper;
    this.pump = pump;
    this.handed = new HandedClients(keeper);
  }

  /** A keeper that was started anew knows none of what is open here. */
  private void keepAgain() {
    LOG.warn("the keeper had died; it gets the streams of {} containers again", entries.size());
    for (Entry entry : entries.values()) {
      try {
        entry.descriptors().keepAgain();
      } catch (SandboxException | IllegalStateException e) {
        LOG.warn("streams in {} are not with the keeper", entry.dir(), e);
      }
    }
  }

  private void watchKeeper() {
    try {
      while (true) {
        Thread.sleep(KEEPER_LOOK);
        try {
          keeper.revive();
        } catch (SandboxException e) {
          LOG.warn("the keeper is away: {}", e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts the pump; containers come by {@link #open} and {@link #adopt}. */
  public static ContainerLogs start(Keeper keeper) {
    return start(keeper, CLIENT_PATIENCE);
  }

  static ContainerLogs start(Keeper keeper, Duration clientPatience) {
    try {
      ContainerLogs logs = new ContainerLogs(keeper, LogPump.start(clientPatience));
      keeper.onRestart(logs::keepAgain);
      logs.keeperWatch.start();
      return logs;
    } catch (IOException e) {
      throw failure("start the log pump", e);
    }
  }

  /** Numbers about the pump. */
  public MetricSource metrics() {
    return MetricSource.of(
        new Gauge("cofferdam_logs_open", "Containers whose output is pumped.", entries::size),
        new Gauge(
            "cofferdam_logs_stalled",
            "Containers that wait because their log cannot be written, such as on a full disk.",
            () -> entries.values().stream().filter(entry -> entry.log().stalled()).count()),
        new Gauge(
            "cofferdam_logs_waiting_for_clients",
            "Containers that wait for an attached client to take their output.",
            () -> entries.values().stream().filter(entry -> entry.log().waiting()).count()));
  }

  /**
   * Makes a container's pipes or terminal and starts to pump. When it fails, nothing is left.
   *
   * @param dir of this container's own, on the runtime directory; gone after a reboot
   * @param logFile as kubelet named it, its folder exists; empty: only attached clients see output
   * @param stdin whether the container can be written to
   * @return what the container's first process opens: stdin for reading, the others for writing
   */
  public Stdio open(
      String containerId, Path dir, Optional<Path> logFile, boolean stdin, boolean terminal) {
    Entry known = entries.get(containerId);
    try {
      if (known != null) {
        return known.descriptors().stdio();
      }
      Descriptors made = Descriptors.open(keeper, containerId, dir, stdin, terminal);
      try {
        return pumped(containerId, dir, logFile, made, true);
      } catch (IOException | RuntimeException e) {
        made.close();
        made.forget();
        SpoolFiles.delete(dir);
        throw e;
      }
    } catch (IOException e) {
      throw failure("open the streams of container " + containerId, e);
    }
  }

  /**
   * Goes on with a container that a shim before had opened: what was written meanwhile is in its
   * pipes. Does nothing for one that was finished.
   */
  public Stdio adopt(
      String containerId, Path dir, Optional<Path> logFile, boolean stdin, boolean terminal) {
    Entry known = entries.get(containerId);
    try {
      if (known != null) {
        return known.descriptors().stdio();
      }
      Optional<Descriptors> found = Descriptors.adopt(keeper, containerId, dir, stdin, terminal);
      if (found.isEmpty()) {
        Descriptors.forget(keeper, containerId, dir);
        SpoolFiles.delete(dir);
        return Stdio.NONE;
      }
      try {
        return pumped(containerId, dir, logFile, found.get(), false);
      } catch (IOException | RuntimeException e) {
        found.get().close();
        throw e;
      }
    } catch (IOException e) {
      throw failure("adopt the streams of container " + containerId, e);
    }
  }

  private Stdio pumped(
      String id, Path dir, Optional<Path> logFile, Descriptors descriptors, boolean fresh)
      throws IOException {
    Stdio stdio = descriptors.stdio();
    List<ClientRelay> clients = fresh ? List.of() : handed.take(id);
    ContainerLog log =
        onPump(
            () -> {
              ContainerLog started = SpoolFiles.open(id, pump, dir, logFile, descriptors);
              clients.forEach(client -> goOn(id, client, started, descriptors));
              started.start(fresh);
              return started;
            },
            "start the log of container " + id);
    entries.put(id, new Entry(descriptors, log, dir));
    return stdio;
  }

  /** After kubelet has renamed the log file: goes on in a new one. NOT_FOUND: none of ours. */
  public void reopen(String containerId) {
    ContainerLog log = entry(containerId).log();
    onPump(
        () -> {
          log.reopen();
          return true;
        },
        "reopen the log of container " + containerId);
  }

  /**
   * The container's process has ended: takes what is left in its pipes, ends a last line, and lets
   * go of all. Where the log cannot be written for now this goes on in the background.
   */
  public void finish(String containerId) {
    Entry entry = entries.get(containerId);
    if (entry == null) {
      return;
    }
    try {
      // With no slave of ours open, the master tells when it is empty for good.
      entry.descriptors().release(Descriptors.SLAVE);
    } catch (IOException | SandboxException e) {
      LOG.atWarn()
          .addKeyValue("container", containerId)
          .setCause(e)
          .log("terminal of container {} ends by time only", containerId);
    }
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    CompletableFuture<Void> gone = done.thenRunAsync(() -> forget(containerId, entry));
    ending.put(containerId, new Ending(done, gone));
    pump.execute(() -> entry.log().finish(done));
    try {
      gone.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("container", containerId)
          .log(
              "log of container {} is not complete yet; it is finished in the background",
              containerId);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw failure("finish the log of container " + containerId, e);
    }
  }

  /**
   * Lets go of everything at once, written or not. Of one that was not adopted the folder stays.
   */
  public void remove(String containerId) {
    Entry entry = entries.get(containerId);
    if (entry != null) {
      onPump(
          () -> {
            entry.log().close();
            return true;
          },
          "close the log of container " + containerId);
      forget(containerId, entry);
      return;
    }
    try {
      Descriptors.forget(keeper, containerId);
    } catch (SandboxException e) {
      LOG.atWarn()
          .addKeyValue("container", containerId)
          .setCause(e)
          .log("the keeper may still hold streams of container {}", containerId);
    }
  }

  /** The containers of which the keeper holds streams. */
  public List<String> containerIds() {
    return keeper.names().stream()
        .filter(name -> name.contains("/"))
        .map(name -> name.substring(0, name.indexOf('/')))
        .distinct()
        .toList();
  }

  private void forget(String containerId, Entry entry) {
    try {
      entry.descriptors().forget();
      SpoolFiles.delete(entry.dir());
    } catch (IOException | SandboxException e) {
      LOG.atWarn()
          .addKeyValue("container", containerId)
          .setCause(e)
          .log("streams of container {} are not quite gone", containerId);
    }
    entries.remove(containerId, entry);
    ending.remove(containerId);
  }

  /**
   * Brings a client to a container's streams, from now on. A client that does not take the output
   * holds up the container for some seconds and is then cut off.
   *
   * @param stdinOnce whether the end of this client's input is the end of the container's
   */
  public Attachment attach(
      String containerId,
      Optional<InputStream> stdin,
      Optional<OutputStream> stdout,
      Optional<OutputStream> stderr,
      boolean stdinOnce) {
    Entry entry = entry(containerId);
    Descriptors descriptors = entry.descriptors();
    Subscriber subscriber =
        new Subscriber(stdout, stderr, () -> pump.execute(entry.log()::clientCaughtUp));
    Attachment attachment =
        new Attachment(subscriber, s -> pump.execute(() -> entry.log().unsubscribe(s)));
    pump.execute(() -> entry.log().subscribe(subscriber));
    Optional<Fd> input = stdin.isPresent() ? ownCopy(descriptors.input()) : Optional.empty();
    if (stdin.isPresent() && input.isPresent()) {
      attachment.copyInput(
          stdin.get(),
          input.get(),
          () -> inputEnded(containerId, descriptors, attachment, stdinOnce));
    }
    return attachment;
  }

  /** It goes on when another shim reads the container's output. */
  private static Optional<Fd> ownCopy(Optional<Fd> input) {
    if (input.isEmpty()) {
      return input;
    }
    try {
      return Optional.of(input.get().duplicate());
    } catch (IOException e) {
      throw failure("pass on the client's input", e);
    }
  }

  /** Goes on with a client that is connected to the shim before. */
  private void goOn(String id, ClientRelay client, ContainerLog log, Descriptors descriptors) {
    Subscriber subscriber = Subscriber.of(client, () -> pump.execute(log::clientCaughtUp));
    Attachment attachment = new Attachment(subscriber, s -> pump.execute(() -> log.unsubscribe(s)));
    log.subscribe(subscriber);
    Thread.ofVirtual()
        .name("attached-elsewhere")
        .start(
            () -> {
              try {
                client.awaitGone(() -> releaseStdin(id, descriptors));
              } catch (IOException e) {
                LOG.debug("a client that was handed over has gone", e);
              }
              attachment.close();
            });
    subscriber.whenEnded(
        why -> {
          if (!closed.get()) {
            client.end(why);
          }
          client.close();
        });
  }

  /** As containerd does: the end of input ends the container's, or else the attachment. */
  private static void inputEnded(
      String containerId, Descriptors descriptors, Attachment attachment, boolean stdinOnce) {
    if (!stdinOnce || descriptors.terminal()) {
      attachment.close();
    } else if (!attachment.toldNext()) {
      releaseStdin(containerId, descriptors);
    }
  }

  private static void releaseStdin(String containerId, Descriptors descriptors) {
    try {
      descriptors.release(Descriptors.STDIN);
    } catch (IOException | SandboxException e) {
      LOG.atWarn()
          .addKeyValue("container", containerId)
          .setCause(e)
          .log("cannot close stdin of container {}", containerId);
    }
  }

  /** Sets the size of a container's terminal in characters; nothing where it has none. */
  public void resize(String containerId, int columns, int rows) {
    Fd handedOver = terminals.get(containerId);
    Optional<Fd> master =
        handedOver == null
            ? entry(containerId).descriptors().fd(Descriptors.MASTER)
            : Optional.of(handedOver);
    if (master.isPresent()) {
      try {
        Pty.resize(master.get(), columns, rows);
      } catch (IOException e) {
        throw failure("resize the terminal of container " + containerId, e);
      }
    }
  }

  private Entry entry(String containerId) {
    Entry entry = entries.get(containerId);
    if (entry == null) {
      throw new SandboxException(
          ErrorCode.NOT_FOUND, "container " + containerId + " has no open streams; is it running?");
    }
    return entry;
  }

  private <T> T onPump(java.util.concurrent.Callable<T> action, String what) {
    try {
      return pump.submit(action).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failure(what, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED,
          what + ": a disk does not answer; is a log on a dead mount?",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, what + ": interrupted", e);
    }
  }

  private static SandboxException failure(String what, @Nullable Throwable cause) {
    ErrorCode code = ErrorCode.INTERNAL;
    if (cause instanceof LinuxException e) {
      boolean full =
          e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT || e.errno() == Errno.EMFILE;
      boolean path = PATH_ERRORS.contains(e.errno());
      code =
          full ? ErrorCode.RESOURCE_EXHAUSTED : path ? ErrorCode.WRONG_STATE : ErrorCode.INTERNAL;
    }
    String why = cause == null ? "" : ": " + cause.getMessage();
    return new SandboxException(code, "cannot " + what + why, cause);
  }

  /** Stops pumping. Containers go on; what they write waits in the pipes for the next shim. */
  @Override
  public void close() {
    close((id, entry) -> entry.log().handOver());
  }

  /** The same for a next shim that takes those over who are attached: they notice nothing. */
  public void handOver() {
    close(
        (id, entry) -> {
          keepTerminal(id, entry);
          entry.log().handOver((client, number) -> handed.leave(id, entry.dir(), client, number));
        });
  }

  /** Clients that stay connected here may still change its size. */
  private void keepTerminal(String id, Entry entry) {
    try {
      Optional<Fd> master = entry.descriptors().fd(Descriptors.MASTER);
      if (master.isPresent()) {
        terminals.put(id, master.get().duplicate());
      }
    } catch (IOException e) {
      LOG.debug("the size of the terminal of container {} stays as it is", id, e);
    }
  }

  private void close(BiConsumer<String, Entry> eachLog) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    keeperWatch.interrupt();
    pump.execute(() -> entries.forEach(eachLog));
    pump.close();
    // What was written to its end is let go of here, before another shim looks for it.
    for (Ending each : List.copyOf(ending.values())) {
      if (each.done().isDone()) {
        each.gone().completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
      }
    }
    entries.clear();
  }
}
