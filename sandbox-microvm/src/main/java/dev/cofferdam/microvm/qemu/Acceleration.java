package dev.cofferdam.microvm.qemu;

/** What runs the guest's instructions. */
public enum Acceleration {
  /** The processor itself, behind hardware virtualization. */
  KVM("kvm", "host"),
  /** A translator in QEMU's own process, of which QEMU says itself that it isolates nobody. */
  EMULATED("tcg,thread=multi", "max");

  private final String accelerator;
  private final String cpu;

  Acceleration(String accelerator, String cpu) {
    this.accelerator = accelerator;
    this.cpu = cpu;
  }

  String accelerator() {
    return accelerator;
  }

  String cpu() {
    return cpu;
  }
}
