package dev.cofferdam.microvm;

/** The contract on QEMU under emulation, which needs no KVM. */
class EmulatedContractTest extends MicroVmContract {
  @Override
  protected String variant() {
    return "qemu-emulated";
  }
}
