package dev.cofferdam.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's virtual machine device. That it opens proves nothing: machines have been seen where
 * every guest hangs at its first instruction.
 */
public final class Kvm {
  private static final Path DEVICE = Path.of("/dev/kvm");
  private static final long GET_API_VERSION = 0xae00;
  private static final int API_VERSION = 12;

  private Kvm() {}

  /** What opening it comes to, in a few words that begin with {@code KVM:}. */
  public static String state() {
    if (!Files.exists(DEVICE)) {
      return "KVM: there is no " + DEVICE;
    }
    try (Fd device = Fd.open(DEVICE, Fd.O_RDWR, 0)) {
      long version = Syscall.IOCTL.call(device.number(), GET_API_VERSION, 0);
      return version == API_VERSION ? "KVM: opens" : "KVM: opens, but is not version 12 of it";
    } catch (IOException e) {
      return "KVM: does not open: " + e.getMessage();
    }
  }
}
