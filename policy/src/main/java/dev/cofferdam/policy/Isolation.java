package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How strong a wall is, weakest first. */
public enum Isolation {
  /** For trying things out: may isolate nobody, as a virtual machine under emulation. */
  @JsonProperty("Development")
  DEVELOPMENT("Development"),
  /** A user-space kernel between the workload and the host's. */
  @JsonProperty("ApplicationKernel")
  APPLICATION_KERNEL("ApplicationKernel"),
  /** A kernel of its own behind hardware virtualization. */
  @JsonProperty("VirtualMachine")
  VIRTUAL_MACHINE("VirtualMachine");

  private final String text;

  Isolation(String text) {
    this.text = text;
  }

  /** Whether a wall of this strength is enough where {@code least} is asked for. */
  public boolean satisfies(Isolation least) {
    return compareTo(least) >= 0;
  }

  @Override
  public String toString() {
    return text;
  }
}
