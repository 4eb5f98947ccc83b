package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Unix stream sockets that carry descriptors (SCM_RIGHTS), which Java's own cannot. Sockets are
 * non-blocking; waits hold up no carrier thread.
 */
public final class UnixSockets {
  private static final Duration BUSY_PATIENCE = Duration.ofSeconds(10);
  private static final Duration BUSY_PAUSE = Duration.ofMillis(2);
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSG_CTRUNC = 8;
  private static final int PATH_BYTES = 108;
  private static final int MOST_FDS = 16;
  private static final int CMSG_HEADER = 16;
  private static final int MSGHDR_BYTES = 56;
  private static final int MSG_FLAGS_AT = 48;
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private UnixSockets() {}

  /** What came: bytes put in the buffer (-1: the end), and the descriptors that came along. */
  public record Received(int bytes, List<Fd> fds) {
    public Received {
      fds = List.copyOf(fds);
    }
  }

  /**
   * Connects to a listening socket. ECONNREFUSED, ENOENT: nobody listens. EAGAIN: its queue has
   * been full for ten seconds; the kernel does not tell when it no longer is, so that is tried
   * again and again.
   */
  public static Fd connect(Path path) throws IOException {
    long end = System.nanoTime() + BUSY_PATIENCE.toNanos();
    while (true) {
      try {
        return addressed(Syscall.CONNECT, "connect to ", path);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EAGAIN
            || System.nanoTime() - end >= 0
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(BUSY_PAUSE.toNanos());
      }
    }
  }

  /**
   * Binds to a path where nothing is, and listens: from then on who connects waits to be accepted.
   *
   * @param backlog how many may wait; the kernel has a limit of its own
   */
  public static Fd listen(Path path, int backlog) throws IOException {
    Fd socket = addressed(Syscall.BIND, "bind to ", path);
    try {
      Errno.check(socket.on(Syscall.LISTEN, backlog), "listen on " + path);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Waits for somebody to connect.
   *
   * @throws java.nio.channels.ClosedChannelException when another thread closes the socket
   */
  public static Fd accept(Fd listening) throws IOException, InterruptedException {
    while (true) {
      long number = listening.on(Syscall.ACCEPT4, 0, 0, Fd.O_CLOEXEC | Fd.O_NONBLOCK);
      if (!Errno.EAGAIN.is(number)) {
        return Fd.owning((int) Errno.check(number, "accept on a Unix socket"));
      }
      listening.await(Epoll.IN, LONGEST_WAIT);
    }
  }

  private static Fd addressed(Syscall call, String what, Path path) throws IOException {
    int type = SOCK_STREAM | Fd.O_CLOEXEC | Fd.O_NONBLOCK;
    long number = Errno.check(Syscall.SOCKET.call(AF_UNIX, type, 0), "open a Unix socket");
    Fd socket = Fd.owning((int) number);
    try {
      if (named(socket, call, what, path, path)) {
        return socket;
      }
      // A name longer than the address has room for goes by its folder's descriptor.
      Path folder = path.toAbsolutePath().getParent();
      try (Fd parent = Fd.open(folder == null ? Path.of("/") : folder, Fd.O_PATH, 0)) {
        Path name = Path.of("/proc/self/fd/" + parent.number(), "" + path.getFileName());
        if (!named(socket, call, what, path, name)) {
          throw new LinuxException(Errno.ENAMETOOLONG.number(), what + path);
        }
      }
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * @param name the one by which the socket's file is found
   * @return false: the name is too long for an address
   */
  private static boolean named(Fd socket, Syscall call, String what, Path path, Path name)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chosen = arena.allocateFrom(name.toString());
      if (chosen.byteSize() > PATH_BYTES) {
        return false;
      }
      MemorySegment address = arena.allocate(2 + PATH_BYTES, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      address.asSlice(2).copyFrom(chosen);
      Errno.check(socket.on(call, address.address(), 2 + chosen.byteSize()), what + path);
      return true;
    }
  }

  /**
   * Sends all of the data, the descriptors with its first byte. They stay open here too.
   *
   * @throws SocketTimeoutException when the peer has not taken it in time
   */
  public static void sendWithFds(Fd socket, byte[] data, List<Fd> fds, Duration timeout)
      throws IOException, InterruptedException {
    if (fds.size() > MOST_FDS || data.length == 0) {
      throw new IllegalArgumentException("at least a byte, and at most 16 descriptors");
    }
    long end = System.nanoTime() + timeout.toNanos();
    int done = 0;
    while (done < data.length) {
      long sent = send(socket, data, done, done == 0 ? fds : List.of());
      if (Errno.EAGAIN.is(sent)) {
        await(socket, Epoll.OUT, end);
      } else {
        done += (int) Errno.check(sent, "send to a Unix socket");
      }
    }
  }

  /**
   * Receives what has come, waiting for the first byte.
   *
   * @throws SocketTimeoutException when nothing has come in time
   */
  public static Received receiveWithFds(Fd socket, ByteBuffer buffer, Duration timeout)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(Math.max(1, buffer.remaining()));
      MemorySegment control = arena.allocate(CMSG_HEADER + (long) MOST_FDS * Integer.BYTES, 8);
      while (true) {
        MemorySegment header = header(arena, data, data.byteSize(), control, control.byteSize());
        long count = socket.on(Syscall.RECVMSG, header.address(), MSG_CMSG_CLOEXEC);
        if (Errno.EAGAIN.is(count)) {
          await(socket, Epoll.IN, end);
          continue;
        }
        Errno.check(count, "receive from a Unix socket");
        List<Fd> fds = descriptors(control, header.get(ValueLayout.JAVA_LONG, 40));
        if ((header.get(ValueLayout.JAVA_INT, MSG_FLAGS_AT) & MSG_CTRUNC) != 0) {
          fds.forEach(Fd::close);
          throw new IOException("a peer on a Unix socket sent more descriptors than we take");
        }
        buffer.put(data.asSlice(0, count).asByteBuffer());
        return new Received(count == 0 ? -1 : (int) count, fds);
      }
    }
  }

  private static long send(Fd socket, byte[] bytes, int from, List<Fd> fds) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(bytes.length - from);
      data.copyFrom(MemorySegment.ofArray(bytes).asSlice(from));
      long controlBytes = fds.isEmpty() ? 0 : CMSG_HEADER + (long) fds.size() * Integer.BYTES;
      MemorySegment control = arena.allocate(CMSG_HEADER + (long) MOST_FDS * Integer.BYTES, 8);
      control.set(ValueLayout.JAVA_LONG, 0, controlBytes);
      control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
      control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
      for (int i = 0; i < fds.size(); i++) {
        control.set(ValueLayout.JAVA_INT, CMSG_HEADER + 4L * i, fds.get(i).number());
      }
      // The kernel wants the control length aligned up, or exact; exact is what CMSG_LEN gives.
      MemorySegment header = header(arena, data, data.byteSize(), control, controlBytes);
      return socket.on(Syscall.SENDMSG, header.address(), MSG_NOSIGNAL);
    }
  }

  private static MemorySegment header(
      Arena arena, MemorySegment data, long dataBytes, MemorySegment control, long controlBytes) {
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(ValueLayout.JAVA_LONG, 0, data.address());
    vector.set(ValueLayout.JAVA_LONG, 8, dataBytes);
    MemorySegment header = arena.allocate(MSGHDR_BYTES, 8);
    header.set(ValueLayout.JAVA_LONG, 16, vector.address());
    header.set(ValueLayout.JAVA_LONG, 24, 1);
    header.set(ValueLayout.JAVA_LONG, 32, controlBytes == 0 ? 0 : control.address());
    header.set(ValueLayout.JAVA_LONG, 40, controlBytes);
    return header;
  }

  private static List<Fd> descriptors(MemorySegment control, long length) {
    List<Fd> fds = new ArrayList<>();
    if (length >= CMSG_HEADER
        && control.get(ValueLayout.JAVA_INT, 8) == SOL_SOCKET
        && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS) {
      long end = control.get(ValueLayout.JAVA_LONG, 0);
      for (long at = CMSG_HEADER; at + Integer.BYTES <= end; at += Integer.BYTES) {
        fds.add(Fd.owning(control.get(ValueLayout.JAVA_INT, at)));
      }
    }
    return fds;
  }

  private static void await(Fd socket, int events, long end)
      throws IOException, InterruptedException {
    Duration left = Duration.ofNanos(end - System.nanoTime());
    if (left.isNegative() || !socket.await(events, left)) {
      throw new SocketTimeoutException("a peer on a Unix socket did not answer in time");
    }
  }
}
