package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** A taint that pods put up with, as a pod's own tolerations say it. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "has(self.key) || self.operator == 'Exists'",
    message = PodToleration.NO_KEY_RULE,
    fieldPath = ".operator")
@ValidationRule(
    value = "self.operator != 'Exists' || !has(self.value)",
    message = PodToleration.VALUE_RULE,
    fieldPath = ".value")
@ValidationRule(
    value = "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message = PodToleration.SECONDS_RULE,
    fieldPath = ".tolerationSeconds")
public record PodToleration(
    @Size(min = 1, max = 317)
        @Pattern(Labels.KEY)
        @JsonPropertyDescription("The taint's key; none: every taint.")
        @Nullable String key,
    @Default("Equal")
        @JsonPropertyDescription("Equal: key and value are the taint's. Exists: the key is.")
        Operator operator,
    @Size(max = 63)
        @Pattern(Labels.VALUE)
        @JsonPropertyDescription("The taint's value; only with operator Equal.")
        @Nullable String value,
    @JsonPropertyDescription("None: every effect.") @Nullable Effect effect,
    @JsonPropertyDescription("How long a pod stays on after a NoExecute taint came.")
        @Nullable Long tolerationSeconds)
    implements Serializable {

  static final String NO_KEY_RULE = "a toleration without key needs operator Exists";
  static final String VALUE_RULE = "operator Exists takes no value";
  static final String SECONDS_RULE = "tolerationSeconds goes with effect NoExecute only";

  /** How key and value are compared. */
  public enum Operator {
    @JsonProperty("Equal")
    EQUAL("Equal"),
    @JsonProperty("Exists")
    EXISTS("Exists");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** What a taint does. */
  public enum Effect {
    @JsonProperty("NoSchedule")
    NO_SCHEDULE("NoSchedule"),
    @JsonProperty("PreferNoSchedule")
    PREFER_NO_SCHEDULE("PreferNoSchedule"),
    @JsonProperty("NoExecute")
    NO_EXECUTE("NoExecute");

    private final String text;

    Effect(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  public PodToleration {
    operator = operator == null ? Operator.EQUAL : operator;
  }
}
