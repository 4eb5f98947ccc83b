package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;

/** How many sandboxes of one variant run on a node. Immutable. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunningSandboxes(
    @Required @JsonPropertyDescription("The backend, such as gvisor.") String backend,
    @Required @JsonPropertyDescription("Its platform or monitor.") String variant,
    @Required @JsonPropertyDescription("How many run.") int running)
    implements Serializable {}
