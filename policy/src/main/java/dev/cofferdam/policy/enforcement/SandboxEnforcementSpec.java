package dev.cofferdam.policy.enforcement;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rules that hold now. Every field is always there, so that CEL need not ask. Immutable. */
public record SandboxEnforcementSpec(
    @Required
        @JsonPropertyDescription("What selected namespaces ask of their pods, the strictest first.")
        List<NamespaceRule> rules,
    @Required
        @JsonPropertyDescription(
            "The RuntimeClasses that are walls, each with its strength: 1 for ApplicationKernel, 2 for"
                + " VirtualMachine. A class that isn't here is no wall.")
        Map<String, Integer> classes,
    @Required
        @JsonPropertyDescription(
            "By strength, the classes that are enough, as text for messages; as text the numbers are"
                + " keys.")
        Map<String, String> enough)
    implements Serializable {

  public SandboxEnforcementSpec {
    rules = rules == null ? List.of() : List.copyOf(rules);
    classes = classes == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(classes));
    enough = enough == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(enough));
  }
}
