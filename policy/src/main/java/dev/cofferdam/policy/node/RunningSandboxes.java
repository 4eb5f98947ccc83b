package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** How many sandboxes of one variant and policy run on a node. Immutable. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunningSandboxes(
    @Required @JsonPropertyDescription("The backend, such as gvisor.") String backend,
    @Required @JsonPropertyDescription("Its platform or monitor.") String variant,
    @Required @JsonPropertyDescription("How many run.") int running,
    @JsonPropertyDescription(
            "The policy of their class; none where a built-in handler was asked for.")
        @Nullable String policy)
    implements Serializable {

  /** The same with another count. */
  public RunningSandboxes with(int count) {
    return new RunningSandboxes(backend, variant, count, policy);
  }
}
