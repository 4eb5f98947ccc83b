package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.cofferdam.policy.ProbeReason;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What came of probing one variant of a backend. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record BackendProof(
    @Required @JsonPropertyDescription("The backend, such as gvisor.") String backend,
    @Required @JsonPropertyDescription("Its platform or monitor, such as systrap or firecracker.")
        String variant,
    @Required @JsonPropertyDescription("Whether a sandbox ran, and proved to be what it should be.")
        boolean works,
    @Required @JsonPropertyDescription("Why it counts as working, or as not.") ProbeReason reason,
    @Size(max = 1024) @JsonPropertyDescription("The evidence, or what went wrong, in one sentence.")
        @Nullable String message,
    @JsonPropertyDescription("How long the probe took, in milliseconds.")
        @Nullable Long probeMillis,
    @JsonPropertyDescription("When the answer last changed, in RFC 3339.")
        @Nullable String lastChangeTime,
    @JsonPropertyDescription("Version of the program behind it.") @Nullable String version,
    @JsonPropertyDescription("What one sandbox costs the node beyond its containers.")
        @Nullable SandboxOverhead overhead,
    @JsonPropertyDescription(
            "From the request to a first process that runs, in milliseconds, with nothing prepared.")
        @Nullable Long coldStartMillis,
    @JsonPropertyDescription("The same, out of a warm pool or template.")
        @Nullable Long warmStartMillis)
    implements Serializable {}
