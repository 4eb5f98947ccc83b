package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.cofferdam.policy.Ground;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What is below a node's kernel. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Below(
    @Required @JsonPropertyDescription("Bare metal, or a virtual machine.") Ground kind,
    @JsonPropertyDescription("Which hypervisor, such as KVM, where it is a virtual machine.")
        @Nullable String hypervisor,
    @JsonPropertyDescription(
            "Whether the CPU that the node sees offers hardware virtualization (in a virtual"
                + " machine: nested).")
        @Nullable Boolean virtualization,
    @JsonPropertyDescription("What this was seen by, such as CPUID's hypervisor bit and DMI.")
        @Nullable String evidence)
    implements Serializable {}
