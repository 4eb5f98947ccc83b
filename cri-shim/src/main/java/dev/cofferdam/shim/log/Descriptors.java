package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Fifo;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.keeper.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container's pipes or terminal: made or found again, and a copy of each left with the keeper.
 * All are open for reading and writing, so that nobody's open waits and nobody's close is an end.
 *
 * <p>With a terminal there is a pipe for output too: what comes out of the terminal goes through
 * it, as nothing else can be spliced into a file. Thread-safe.
 */
final class Descriptors {
  static final String STDIN = "stdin";
  static final String MASTER = "master";
  static final String SLAVE = "slave";

  private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
  private static final int PIPE_BYTES = 1 << 20;
  private static final int FLAGS = Fd.O_RDWR | Fd.O_NONBLOCK | Fd.O_NOFOLLOW;

  // The output's pipe last: without it, the rest counts as left over.
  private static final List<String> NAMES =
      List.of(STDIN, LogStream.STDERR.label(), SLAVE, MASTER, LogStream.STDOUT.label());

  private final Keeper keeper;
  private final String containerId;
  private final Path dir;
  private final boolean terminal;
  private final boolean stdin;
  private final Map<String, Fd> open = new ConcurrentHashMap<>();

  private Descriptors(
      Keeper keeper, String containerId, Path dir, boolean stdin, boolean terminal) {
    this.keeper = keeper;
    this.containerId = containerId;
    this.dir = dir;
    this.stdin = stdin;
    this.terminal = terminal;
  }

  /** Makes what is not there yet. When it fails, nothing stays open here or with the keeper. */
  static Descriptors open(
      Keeper keeper, String containerId, Path dir, boolean stdin, boolean terminal)
      throws IOException {
    Descriptors made = new Descriptors(keeper, containerId, dir, stdin, terminal);
    try {
      for (String pipe : made.pipes()) {
        made.obtainPipe(pipe, true);
      }
      if (terminal && !made.adoptTerminal()) {
        made.openTerminal();
      }
      return made;
    } catch (IOException | RuntimeException e) {
      made.close();
      made.forget();
      throw e;
    }
  }

  /**
   * Finds again what a shim before has made. Empty when nothing is left to read from: the container
   * was finished with.
   */
  static Optional<Descriptors> adopt(
      Keeper keeper, String containerId, Path dir, boolean stdin, boolean terminal)
      throws IOException {
    Descriptors found = new Descriptors(keeper, containerId, dir, stdin, terminal);
    try {
      for (String pipe : found.pipes()) {
        found.obtainPipe(pipe, false);
      }
      if (terminal && !found.adoptTerminal()) {
        LOG.warn("the terminal of container {} was lost with the keeper", containerId);
      }
    } catch (IOException | RuntimeException e) {
      found.close();
      throw e;
    }
    if (found.fd(LogStream.STDOUT.label()).isEmpty()) {
      found.close();
      return Optional.empty();
    }
    return Optional.of(found);
  }

  private List<String> pipes() {
    String out = LogStream.STDOUT.label();
    String err = LogStream.STDERR.label();
    if (terminal) {
      return List.of(out);
    }
    return stdin ? List.of(out, err, STDIN) : List.of(out, err);
  }

  private void obtainPipe(String name, boolean create) throws IOException {
    Optional<Fd> kept = keeper.get(keeperName(name));
    if (kept.isPresent()) {
      open.put(name, kept.get());
      return;
    }
    Path path = dir.resolve(name);
    if (create) {
      makePipe(path);
    } else if (!Files.exists(path)) {
      return;
    }
    Fd fd = Fd.open(path, FLAGS, 0);
    open.put(name, fd);
    try {
      fd.setPipeSize(PIPE_BYTES);
    } catch (LinuxException e) {
      // Above the machine's limit, or the user's share is used up: the usual 64 KiB do too.
      LOG.debug("pipe {} keeps its size", path, e);
    }
    keeper.put(keeperName(name), fd);
  }

  private static void makePipe(Path path) throws IOException {
    try {
      Fifo.create(path, 0600);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private boolean adoptTerminal() throws IOException {
    for (String name : List.of(MASTER, SLAVE)) {
      keeper.get(keeperName(name)).ifPresent(fd -> open.put(name, fd));
    }
    Fd master = open.get(MASTER);
    if (master != null && !open.containsKey(SLAVE)) {
      // A shim died while it finished: without a slave the master would report its end for ever.
      holdSlave(Pty.slaveOf(master));
    }
    return master != null;
  }

  private void openTerminal() throws IOException {
    Pty pty = Pty.open();
    open.put(MASTER, pty.master());
    keeper.put(keeperName(MASTER), pty.master());
    holdSlave(pty.slave());
  }

  /** While somebody holds the slave, the master is never at its end. */
  private void holdSlave(Path path) throws IOException {
    Fd slave = Fd.open(path, Fd.O_RDWR | Fd.O_NOCTTY | Fd.O_NONBLOCK, 0);
    open.put(SLAVE, slave);
    keeper.put(keeperName(SLAVE), slave);
  }

  /** Leaves all of them with a keeper that was started anew. */
  void keepAgain() {
    open.forEach((name, fd) -> keeper.put(keeperName(name), fd));
  }

  Optional<Fd> fd(String name) {
    return Optional.ofNullable(open.get(name));
  }

  /** Where the container's input goes: its pipe, or the terminal. */
  Optional<Fd> input() {
    return fd(terminal ? MASTER : STDIN);
  }

  boolean terminal() {
    return terminal;
  }

  /** What the container opens. */
  Stdio stdio() throws IOException {
    Fd master = open.get(MASTER);
    if (master != null) {
      Optional<Path> slave = Optional.of(Pty.slaveOf(master));
      return new Stdio(slave, slave, slave);
    }
    Path in = dir.resolve(STDIN);
    return new Stdio(
        Optional.of(in).filter(p -> stdin && Files.exists(p)),
        Optional.of(dir.resolve(LogStream.STDOUT.label())),
        Optional.of(dir.resolve(LogStream.STDERR.label())));
  }

  /** Lets one go for good, here and with the keeper: for its other side, that is the end. */
  void release(String name) throws IOException {
    Fd fd = open.remove(name);
    if (fd != null) {
      fd.close();
    }
    Files.deleteIfExists(dir.resolve(name));
    keeper.drop(keeperName(name));
  }

  /** Closes the copies of this process; the keeper's stay. */
  void close() {
    open.values().forEach(Fd::close);
    open.clear();
  }

  /** Removes the keeper's copies and the pipes' files. */
  void forget() throws IOException {
    forget(keeper, containerId, dir);
  }

  /** The same for a container of which nothing is open here. */
  static void forget(Keeper keeper, String containerId, Path dir) throws IOException {
    forget(keeper, containerId);
    for (String name : NAMES) {
      Files.deleteIfExists(dir.resolve(name));
    }
  }

  /** Removes the keeper's copies only. */
  static void forget(Keeper keeper, String containerId) {
    for (String name : NAMES) {
      keeper.drop(containerId + "/" + name);
    }
  }

  private String keeperName(String name) {
    return containerId + "/" + name;
  }
}
