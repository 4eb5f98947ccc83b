package dev.cofferdam.linux;

/** Linux's error numbers, as far as callers tell them apart; {@link #OTHER} stands for the rest. */
public enum Errno {
  EPERM(1, "operation not permitted"),
  ENOENT(2, "no such file or directory"),
  ESRCH(3, "no such process"),
  EINTR(4, "interrupted"),
  EIO(5, "input/output error"),
  ENXIO(6, "no such device or address"),
  EBADF(9, "bad file descriptor"),
  ECHILD(10, "no child processes"),
  EAGAIN(11, "not ready, try again"),
  ENOMEM(12, "out of memory"),
  EACCES(13, "permission denied"),
  EBUSY(16, "device or resource busy"),
  EEXIST(17, "file exists"),
  EXDEV(18, "leads to another file system, or out of the folder"),
  ENODEV(19, "no such device"),
  ENOTDIR(20, "not a directory"),
  EISDIR(21, "is a directory"),
  EINVAL(22, "invalid argument"),
  ENFILE(23, "too many open files on this machine"),
  EMFILE(24, "too many open files in this process"),
  ENOTTY(25, "not a terminal"),
  EFBIG(27, "file too large"),
  ENOSPC(28, "no space left on device"),
  EROFS(30, "read-only file system"),
  EPIPE(32, "broken pipe"),
  ENAMETOOLONG(36, "name too long"),
  ENOSYS(38, "not implemented by this kernel"),
  ELOOP(40, "too many symbolic links, or a link where none is followed"),
  ENOTSUP(95, "not supported"),
  ECONNRESET(104, "connection reset"),
  ETIMEDOUT(110, "timed out"),
  ECONNREFUSED(111, "connection refused"),
  EINPROGRESS(115, "in progress"),
  EDQUOT(122, "disk quota exceeded"),
  OTHER(-1, "error");

  private final int number;
  private final String text;

  Errno(int number, String text) {
    this.number = number;
    this.text = text;
  }

  public int number() {
    return number;
  }

  /** What it means, for people. */
  public String text() {
    return text;
  }

  static Errno of(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return errno;
      }
    }
    return OTHER;
  }

  /** Whether a {@link Syscall}'s result is this error. */
  boolean is(long result) {
    return result == -number;
  }

  /**
   * Turns an error into an exception.
   *
   * @param result what a {@link Syscall} gave
   * @param action what was tried, on what, for the message
   * @return {@code result}, unless it is an error
   */
  static long check(long result, String action) throws LinuxException {
    if (result < 0) {
      throw new LinuxException((int) -result, action);
    }
    return result;
  }
}
