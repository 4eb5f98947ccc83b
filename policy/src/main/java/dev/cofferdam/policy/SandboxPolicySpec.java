package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
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
    value = "has(self.overheadFixed) == (has(self.overhead) && self.overhead == 'Fixed')",
    message = SandboxPolicySpec.OVERHEAD_RULE,
    fieldPath = ".overheadFixed")
@ValidationRule(
    value =
        "self.isolation != 'Development' || !has(self.enforcement) || self.enforcement.mode !="
            + " 'Require'",
    message = SandboxPolicySpec.REQUIRED_DEVELOPMENT,
    fieldPath = ".enforcement")
public record SandboxPolicySpec(
    @Required @JsonPropertyDescription("The weakest wall allowed.") Isolation isolation,
    @Required
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
            "In order of preference; a pod gets the first that its node has proved.")
        List<BackendChoice> backends,
    @JsonPropertyDescription("Where pods of this policy may run. Default: on every node.")
        @Nullable NodeChoice nodes,
    // No default in the CRD: shims of the version before don't know Measured.
    @JsonPropertyDescription(
            "How the RuntimeClass's overhead comes about. Measured (the default): the most that"
                + " nodes measured for the backends that pods of this policy get there. Fixed: as"
                + " overheadFixed says.")
        OverheadSource overhead,
    @JsonPropertyDescription(
            "What a sandbox costs beyond its containers; only with overhead Fixed.")
        @Nullable FixedOverhead overheadFixed,
    @JsonPropertyDescription("Which namespaces are held to this policy. Default: none.")
        @Nullable Enforcement enforcement)
    implements Serializable {

  static final String WEAK_GVISOR =
      "isolation VirtualMachine needs hardware virtualization: type GVisor is an application"
          + " kernel";
  static final String WEAK_EMULATION =
      "a microVM under emulation isolates nobody: acceleration Emulated needs isolation"
          + " Development";
  static final String OVERHEAD_RULE = "overheadFixed goes with overhead Fixed, and only with it";

  static final String REQUIRED_DEVELOPMENT =
      "isolation Development isolates nobody and satisfies no namespace: mode Require needs a"
          + " stronger one";

  public SandboxPolicySpec {
    backends = backends == null ? List.of() : List.copyOf(backends);
    overhead = overhead == null ? OverheadSource.MEASURED : overhead;
  }

  /** Whether a node with these labels may run pods of the policy. */
  public boolean selects(Map<String, String> nodeLabels) {
    return nodes == null || nodes.selects(nodeLabels);
  }
}
