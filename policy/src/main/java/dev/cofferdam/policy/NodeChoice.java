package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where pods of a policy may run; becomes the RuntimeClass's scheduling. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeChoice(
    @JsonPropertyDescription("Only nodes with these labels.") @Nullable MatchLabels selector,
    @Size(max = 16) @JsonPropertyDescription("Taints that pods of this policy put up with.")
        List<PodToleration> tolerations)
    implements Serializable {

  public NodeChoice {
    tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
  }

  /** Whether a node with these labels may run pods of the policy. */
  public boolean selects(Map<String, String> nodeLabels) {
    return selector == null || selector.matches(nodeLabels);
  }
}
