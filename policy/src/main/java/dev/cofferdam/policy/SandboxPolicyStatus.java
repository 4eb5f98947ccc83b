package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Quantity;
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
    @JsonPropertyDescription("The nodes that the policy selects.") @Nullable NodeCount nodes,
    @JsonPropertyDescription("Which backends pods of this policy get, and on how many nodes.")
        List<BackendCount> backends,
    @JsonPropertyDescription("The same by the nodes' label topology.kubernetes.io/zone.")
        List<ZoneCount> zones,
    @JsonPropertyDescription("What the RuntimeClass says that a sandbox costs.")
        @Nullable PodOverhead overhead,
    @JsonPropertyDescription("What holds in the namespaces, once it has begun.")
        @Nullable Enforcing enforcing,
    @JsonPropertyDescription("For kubectl's columns, which cannot join the items of a list.")
        @Nullable Summary summary,
    @JsonPropertyDescription(
            "Accepted, RuntimeClassReady, NodesAvailable, Enforced and ZonesCovered.")
        List<Condition> conditions)
    implements Serializable {

  /** Lists as text. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Summary(
      @JsonPropertyDescription("The types of the backends.") @Nullable String backends,
      @JsonPropertyDescription("Eligible nodes of all, such as 3/5.") @Nullable String nodes)
      implements Serializable {}

  /** How many nodes. */
  public record NodeCount(
      @Required
          @JsonPropertyDescription(
              "Nodes that have proved what the policy asks for and know the policy.")
          int eligible,
      @Required @JsonPropertyDescription("Nodes that the policy selects.") int total)
      implements Serializable {}

  /** How many nodes give a backend. */
  public record BackendCount(
      @Required @JsonPropertyDescription("Backend and variant, such as gvisor/systrap.")
          String backend,
      @Required @JsonPropertyDescription("How many nodes give it to pods of this policy.")
          int nodes)
      implements Serializable {}

  /** How many nodes in a zone. */
  public record ZoneCount(
      @Required @JsonPropertyDescription("The zone; blank for nodes without that label.")
          String zone,
      @Required @JsonPropertyDescription("Nodes that can serve the policy.") int eligible,
      @Required @JsonPropertyDescription("Nodes that the policy selects.") int total)
      implements Serializable {}

  /** What a sandbox costs. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PodOverhead(
      @JsonPropertyDescription("CPU, such as 50m.") @Nullable Quantity cpu,
      @JsonPropertyDescription("Memory, such as 64Mi.") @Nullable Quantity memory)
      implements Serializable {}

  /** Since when a mode holds. */
  public record Enforcing(
      @Required @JsonPropertyDescription("The mode that holds.") Enforcement.Mode mode,
      @Required @JsonPropertyDescription("Since when, in RFC 3339.") String since)
      implements Serializable {}

  public SandboxPolicyStatus {
    backends = backends == null ? List.of() : List.copyOf(backends);
    zones = zones == null ? List.of() : List.copyOf(zones);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
