package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnore;
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
    implements Serializable {

  /** Of a node's shim: kubelet asks it, and no other runtime. */
  public static final String KUBELET_USES_SHIM = "KubeletUsesShim";

  /** Of a node's shim: the containerd below it answers. */
  public static final String CONTAINERD_ANSWERS = "ContainerdAnswers";

  /** Whether it is known not to be so. */
  @JsonIgnore
  public boolean isFalse() {
    return status.equals("False");
  }
}
