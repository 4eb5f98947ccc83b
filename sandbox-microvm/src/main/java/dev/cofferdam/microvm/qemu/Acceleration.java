package dev.cofferdam.microvm.qemu;

/** What runs the guest's instructions. */
public enum Acceleration {
  /** The processor itself, behind hardware virtualization. */
  KVM("host"),
  /** A translator in QEMU's own process, of which QEMU says itself that it isolates nobody. */
  EMULATED("max");

  private static final long MIB = 1 << 20;

  private final String cpu;

  Acceleration(String cpu) {
    this.cpu = cpu;
  }

  /**
   * QEMU's words for it.
   *
   * @param translationBytes most that a translator keeps of what it translated; when that is full,
   *     it begins anew. QEMU's own bound is 1 GiB, far beyond what a pod has been given
   */
  String accelerator(long translationBytes) {
    return switch (this) {
      case KVM -> "kvm";
      case EMULATED -> "tcg,thread=multi,tb-size=" + Math.max(1, translationBytes / MIB);
    };
  }

  String cpu() {
    return cpu;
  }
}
