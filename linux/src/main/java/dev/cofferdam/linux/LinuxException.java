package dev.cofferdam.linux;

import java.io.IOException;

/** A call into the kernel failed. The message says what was tried, on what, and why it failed. */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  LinuxException(int number, String action) {
    super(action + ": " + describe(number));
    this.errno = Errno.of(number);
  }

  public Errno errno() {
    return errno;
  }

  private static String describe(int number) {
    Errno errno = Errno.of(number);
    return errno == Errno.OTHER ? "errno " + number : errno.text() + " (" + errno + ")";
  }
}
