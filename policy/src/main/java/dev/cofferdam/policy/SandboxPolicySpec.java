package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a policy asks for. {@link Validation} says which of these are valid. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "self.isolation != 'VirtualMachine' || self.backends.all(b, b.type != 'GVisor')",
    message = SandboxPolicySpec.WEAK_GVISOR,
    fieldPath = ".backends")
@ValidationRule(
    value =
        "self.isolation == 'Development' || self.backends.all(b,"
            + " !has(b.microVM) || b.microVM.acceleration != 'Emulated')",
    message = SandboxPolicySpec.WEAK_EMULATION,
    fieldPath = ".backends")
@ValidationRule(
    value = "has(self.overheadFixed) == has(self.overhead)",
    message = SandboxPolicySpec.OVERHEAD_RULE,
    fieldPath = ".overheadFixed")
public record SandboxPolicySpec(
    @Required @JsonPropertyDescription("The weakest wall allowed.") Isolation isolation,
    @Required
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
            "In order of preference; a pod gets the first that its node has proved.")
        List<BackendChoice> backends,
    @JsonPropertyDescription("Where pods of this policy may run. Default: on every node.")
        @Nullable NodeChoice nodes,
    @JsonPropertyDescription(
            "How the RuntimeClass's overhead comes about. Default: it has none. Fixed: as"
                + " overheadFixed says.")
        @Nullable OverheadSource overhead,
    @JsonPropertyDescription(
            "What a sandbox costs beyond its containers; only with overhead Fixed.")
        @Nullable FixedOverhead overheadFixed)
    implements Serializable {

  static final String WEAK_GVISOR =
      "isolation VirtualMachine needs hardware virtualization: type GVisor is an application"
          + " kernel";
  static final String WEAK_EMULATION =
      "a microVM under emulation isolates nobody: acceleration Emulated needs isolation"
          + " Development";
  static final String OVERHEAD_RULE = "overheadFixed goes with overhead Fixed, and only with it";

  public SandboxPolicySpec {
    backends = backends == null ? List.of() : List.copyOf(backends);
  }
}
