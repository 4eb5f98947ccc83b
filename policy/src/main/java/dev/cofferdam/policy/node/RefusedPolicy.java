package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A policy that a shim cannot act on, as when it has a field newer than the shim. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record RefusedPolicy(
    @Required @JsonPropertyDescription("The policy's name.") String name,
    @JsonPropertyDescription("Its generation.") @Nullable Long generation,
    @Size(max = 1024) @JsonPropertyDescription("Why, with the field's name.")
        @Nullable String message)
    implements Serializable {}
