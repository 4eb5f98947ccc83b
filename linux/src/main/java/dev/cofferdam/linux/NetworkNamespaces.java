package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Network namespaces that live as long as the file that they are bind-mounted on. A thread that
 * entered another namespace is never used again, so all of this happens on threads of its own.
 */
public final class NetworkNamespaces {
  private static final long CLONE_NEWNET = 0x40000000L;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final short IFF_UP = 1;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;

  private NetworkNamespaces() {}

  /**
   * Makes a namespace with its loopback interface up. When this fails, nothing is left.
   *
   * @param file does not exist yet; its folder does
   */
  public static void create(Path file) throws IOException {
    Files.createFile(file);
    try {
      onOwnThread(
          () -> {
            Errno.check(Syscall.UNSHARE.call(CLONE_NEWNET), "make a network namespace");
            bringLoopbackUp();
            Mounts.bind(Path.of("/proc/thread-self/ns/net"), file, false);
            return file;
          });
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    } catch (Exception e) {
      Files.deleteIfExists(file);
      throw new IOException("make a network namespace at " + file, e);
    }
  }

  /** Lets the namespace go, and removes the file; does nothing where there is none. */
  public static void delete(Path file) throws IOException {
    Mounts.unmount(file, true);
    Files.deleteIfExists(file);
  }

  /**
   * Runs code inside a namespace, on a platform thread that ends with it. Sockets which the code
   * opens belong to that namespace, wherever they are used later.
   *
   * @throws Exception what the code threw, or an {@link IOException} where the namespace cannot be
   *     entered
   */
  public static <T> T call(Path namespace, Callable<T> code) throws Exception {
    return onOwnThread(
        () -> {
          try (Fd fd = Fd.open(namespace, Fd.O_RDONLY, 0)) {
            Errno.check(fd.on(Syscall.SETNS, CLONE_NEWNET), "enter namespace " + namespace);
          }
          return code.call();
        });
  }

  private static <T> T onOwnThread(Callable<T> code) throws Exception {
    FutureTask<T> task = new FutureTask<>(code);
    Thread thread = Thread.ofPlatform().daemon().name("netns").start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  private static void bringLoopbackUp() throws IOException {
    int type = SOCK_DGRAM | Fd.O_CLOEXEC;
    long number = Errno.check(Syscall.SOCKET.call(AF_INET, type, 0), "open a socket");
    try (Fd socket = Fd.owning((int) number);
        Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.setString(0, "lo");
      Errno.check(socket.on(Syscall.IOCTL, SIOCGIFFLAGS, request.address()), "look at lo");
      short flags = request.get(ValueLayout.JAVA_SHORT, IFREQ_FLAGS);
      request.set(ValueLayout.JAVA_SHORT, IFREQ_FLAGS, (short) (flags | IFF_UP));
      Errno.check(socket.on(Syscall.IOCTL, SIOCSIFFLAGS, request.address()), "bring lo up");
    }
  }
}
