package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What one sandbox costs beyond its containers. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = "has(self.cpu) || has(self.memory)", message = FixedOverhead.EMPTY_RULE)
@ValidationRule(value = Quantities.CPU, message = Quantities.RULE, fieldPath = ".cpu")
@ValidationRule(value = Quantities.MEMORY, message = Quantities.RULE, fieldPath = ".memory")
public record FixedOverhead(
    @JsonPropertyDescription("Such as 50m.") @Nullable Quantity cpu,
    @JsonPropertyDescription("Such as 64Mi.") @Nullable Quantity memory)
    implements Serializable {

  static final String EMPTY_RULE = "name cpu, memory or both";
}
