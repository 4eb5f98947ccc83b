package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.io.Serializable;
import java.util.Map;

/**
 * Labels that something must have, all of them; none: everything has them. No {@code
 * matchExpressions}: a RuntimeClass's nodeSelector has no way to say them. Immutable.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!has(self.matchLabels) || self.matchLabels.all(k, size(k) <= 317 && k.matches('"
            + Labels.KEY
            + "'))",
    message = Labels.KEY_RULE,
    fieldPath = ".matchLabels")
public record MatchLabels(
    @Size(max = 16) @JsonPropertyDescription("Label to value.")
        Map<String, @Size(max = 63) @Pattern(Labels.VALUE) String> matchLabels)
    implements Serializable {

  public MatchLabels {
    matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
  }

  /** Whether something with these labels is matched. */
  public boolean matches(Map<String, String> labels) {
    return matchLabels.entrySet().stream()
        .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
  }
}
