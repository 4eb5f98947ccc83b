package dev.cofferdam.policy.enforcement;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** What one policy asks of the pods of the namespaces that it selects. Immutable. */
public record NamespaceRule(
    @Required @JsonPropertyDescription("The policy.") String policy,
    @Required
        @JsonPropertyDescription(
            "The least strength: 1 for ApplicationKernel, 2 for VirtualMachine.")
        int strength,
    @Required @JsonPropertyDescription("The labels of the namespaces, all of them.")
        Map<String, String> namespaceLabels)
    implements Serializable {

  public NamespaceRule {
    namespaceLabels =
        namespaceLabels == null
            ? Map.of()
            : Collections.unmodifiableMap(new TreeMap<>(namespaceLabels));
  }
}
