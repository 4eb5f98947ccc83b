package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of a policy; the operator writes it. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SandboxPolicyStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "The RuntimeClass that pods name to get this policy; blank while there is none of ours.")
        @Nullable String runtimeClassName,
    @JsonPropertyDescription("For kubectl's columns, which cannot join the items of a list.")
        @Nullable Summary summary,
    List<Condition> conditions)
    implements Serializable {

  /** Lists as text. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Summary(@Nullable String backends) implements Serializable {}

  public SandboxPolicyStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
