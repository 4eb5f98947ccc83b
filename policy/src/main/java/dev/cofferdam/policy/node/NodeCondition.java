package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A condition as everywhere in Kubernetes, without the client's own type. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeCondition(
    @Required @JsonPropertyDescription("What is spoken of, such as KubeletUsesShim.") String type,
    @Required @JsonPropertyDescription("True, False or Unknown.") String status,
    @JsonPropertyDescription("Why, in one word out of a closed list.") @Nullable String reason,
    @Size(max = 1024) @JsonPropertyDescription("Why, in one sentence.") @Nullable String message,
    @JsonPropertyDescription("When the status last changed, in RFC 3339.")
        @Nullable String lastTransitionTime)
    implements Serializable {}
