package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.Serializable;

/** How a microVM is to run. Immutable. */
@ValidationRule(
    value = "self.monitor != 'Firecracker' || self.acceleration != 'Emulated'",
    message = MicroVmChoice.FIRECRACKER_RULE,
    fieldPath = ".acceleration")
@ValidationRule(value = Quantities.MEMORY, message = Quantities.RULE, fieldPath = ".memory")
public record MicroVmChoice(
    @Default("Auto")
        @JsonPropertyDescription(
            "The virtual machine monitor. Auto: the first of Firecracker and QEMU that the node has"
                + " proved.")
        Monitor monitor,
    @Default("Hardware")
        @JsonPropertyDescription(
            "Emulated needs no KVM and isolates nobody: only with isolation Development.")
        Acceleration acceleration,
    @Default("1") @Min(1) @Max(32) @JsonPropertyDescription("CPUs that the guest sees.")
        Integer vcpus,
    @Default("256Mi") @JsonPropertyDescription("The guest's memory where the pod has no limits.")
        Quantity memory)
    implements Serializable {

  static final String FIRECRACKER_RULE = "monitor Firecracker cannot emulate; take QEMU or Auto";

  public static final MicroVmChoice DEFAULT =
      new MicroVmChoice(Monitor.AUTO, Acceleration.HARDWARE, 1, new Quantity("256Mi"));

  /** The virtual machine monitors. */
  public enum Monitor {
    @JsonProperty("Auto")
    AUTO,
    @JsonProperty("Firecracker")
    FIRECRACKER,
    @JsonProperty("QEMU")
    QEMU
  }

  /** What runs the guest's instructions. */
  public enum Acceleration {
    @JsonProperty("Hardware")
    HARDWARE,
    @JsonProperty("Emulated")
    EMULATED
  }

  /** The same defaults as in the CRD, for files that no API server has seen. */
  public MicroVmChoice {
    monitor = monitor == null ? Monitor.AUTO : monitor;
    acceleration = acceleration == null ? Acceleration.HARDWARE : acceleration;
    vcpus = vcpus == null ? 1 : vcpus;
    memory = memory == null ? new Quantity("256Mi") : memory;
  }
}
