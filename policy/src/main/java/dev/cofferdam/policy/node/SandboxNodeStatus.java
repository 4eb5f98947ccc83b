package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node's shim says of its node. Written only when it changes: that the node is alive says
 * its Lease. Immutable.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SandboxNodeStatus(
    @JsonPropertyDescription("Version of the shim that runs on the node.")
        @Nullable String shimVersion,
    @JsonPropertyDescription("Version of the containerd beneath the shim.")
        @Nullable String containerdVersion,
    @JsonPropertyDescription("Release of the node's kernel, as uname -r says it.")
        @Nullable String kernelVersion,
    @JsonPropertyDescription("What is below the node's kernel.") @Nullable Below below,
    @Size(max = 64)
        @JsonPropertyDescription("What came of the probes, one entry for each backend and variant.")
        List<BackendProof> backends,
    @Size(max = 1024)
        @JsonPropertyDescription(
            "Sandboxes that run now, by backend, variant and policy; none: not listed.")
        List<RunningSandboxes> sandboxes,
    @JsonPropertyDescription(
            "By policy name, the policies that the shim has loaded from the API server, each as"
                + " generation/requirement, such as 3/5f2c9a1b0d: the requirement is the digest of"
                + " what the policy asks of a node.")
        Map<String, String> acknowledged,
    @JsonPropertyDescription("Policies that the shim has heard of and cannot act on.")
        List<RefusedPolicy> refused,
    @JsonPropertyDescription("For kubectl's columns, which cannot join the items of a list.")
        @Nullable Summary summary,
    @JsonPropertyDescription("What is to be known of the shim's own state.")
        List<NodeCondition> conditions)
    implements Serializable {

  /** Lists as text. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Summary(
      @JsonPropertyDescription("The variants that work, such as gvisor/systrap.")
          @Nullable String works)
      implements Serializable {}

  public SandboxNodeStatus {
    backends = backends == null ? List.of() : List.copyOf(backends);
    sandboxes = sandboxes == null ? List.of() : List.copyOf(sandboxes);
    // In the order of their names, so that the same policies are the same bytes.
    acknowledged =
        acknowledged == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(acknowledged));
    refused = refused == null ? List.of() : List.copyOf(refused);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
