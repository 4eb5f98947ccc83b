package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;

/** Which namespaces are held to a policy, and how hard. Immutable. */
public record Enforcement(
    @Required
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @JsonPropertyDescription(
            "The namespaces with all of these labels; without labels every namespace. kube-system"
                + " and Cofferdam's own are left alone.")
        MatchLabels namespaceSelector,
    @Required
        @JsonPropertyDescription(
            "Audit: pods with a weaker wall are warned of, and marked in the audit log. Default: a pod"
                + " that names no class gets this policy's. Require: pods with a weaker wall are"
                + " refused; any class of a policy as strong will do. Default and Require begin when"
                + " the first node can serve the policy, and then stay until the mode is changed.")
        Mode mode)
    implements Serializable {

  /** How hard. */
  public enum Mode {
    /** Warns of pods with a weaker wall. */
    @JsonProperty("Audit")
    AUDIT("Audit"),
    /** Gives a class to pods that name none. */
    @JsonProperty("Default")
    DEFAULT("Default"),
    /** Refuses pods with a weaker wall. */
    @JsonProperty("Require")
    REQUIRE("Require");

    private final String text;

    Mode(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
