package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** One backend that a policy allows, with the section of its type. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "self.type == 'GVisor' || !has(self.gVisor)",
    message = BackendChoice.GVISOR_RULE,
    fieldPath = ".gVisor")
@ValidationRule(
    value = "self.type == 'MicroVM' || !has(self.microVM)",
    message = BackendChoice.MICROVM_RULE,
    fieldPath = ".microVM")
public record BackendChoice(
    @Required @JsonPropertyDescription("The kind of wall.") BackendType type,
    @JsonProperty("gVisor") @JsonPropertyDescription("Only with type GVisor.")
        @Nullable GVisorChoice gVisor,
    @JsonProperty("microVM") @JsonPropertyDescription("Only with type MicroVM.")
        @Nullable MicroVmChoice microVm,
    @JsonPropertyDescription(
            "Only on nodes that run on this: BareMetal, or VirtualMachine. Default: on both.")
        @Nullable Ground onNodes)
    implements Serializable {

  static final String GVISOR_RULE = "the section gVisor goes with type GVisor only";
  static final String MICROVM_RULE = "the section microVM goes with type MicroVM only";
}
