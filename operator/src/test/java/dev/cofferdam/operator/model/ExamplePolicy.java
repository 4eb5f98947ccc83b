package dev.cofferdam.operator.model;

import dev.cofferdam.policy.BackendChoice;
import dev.cofferdam.policy.BackendType;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.FixedOverhead;
import dev.cofferdam.policy.GVisorChoice;
import dev.cofferdam.policy.Isolation;
import dev.cofferdam.policy.MatchLabels;
import dev.cofferdam.policy.NodeChoice;
import dev.cofferdam.policy.OverheadSource;
import dev.cofferdam.policy.PodToleration;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicySpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/** Policies for tests, as the API server would hand them out. */
public final class ExamplePolicy {

  public static final String UID = "11111111-1111-1111-1111-111111111111";

  private static final BackendChoice GVISOR =
      new BackendChoice(BackendType.GVISOR, null, null, null);
  private static final BackendChoice MICROVM =
      new BackendChoice(BackendType.MICROVM, null, null, null);

  private ExamplePolicy() {}

  public static SandboxPolicy minimal() {
    return of(
        new SandboxPolicySpec(
            Isolation.APPLICATION_KERNEL,
            List.of(GVISOR),
            null,
            OverheadSource.MEASURED,
            null,
            null));
  }

  public static SandboxPolicy everything() {
    return of(
        new SandboxPolicySpec(
            Isolation.APPLICATION_KERNEL,
            List.of(MICROVM, GVISOR, GVISOR),
            new NodeChoice(
                new MatchLabels(Map.of("pool", "sandbox")),
                List.of(
                    new PodToleration(
                        "dedicated",
                        PodToleration.Operator.EQUAL,
                        "sandbox",
                        PodToleration.Effect.NO_SCHEDULE,
                        null))),
            OverheadSource.FIXED,
            new FixedOverhead(new Quantity("50m"), new Quantity("1024Mi")),
            null));
  }

  /** For gVisor on nodes with these labels. */
  public static SandboxPolicySpec selecting(Map<String, String> labels) {
    return new SandboxPolicySpec(
        Isolation.APPLICATION_KERNEL,
        List.of(GVISOR),
        new NodeChoice(new MatchLabels(labels), List.of()),
        OverheadSource.MEASURED,
        null,
        null);
  }

  /** For gVisor on ptrace and nothing else. */
  public static SandboxPolicySpec ptrace() {
    GVisorChoice ptrace =
        new GVisorChoice(GVisorChoice.Platform.PTRACE, GVisorChoice.Network.SANDBOX);
    return new SandboxPolicySpec(
        Isolation.APPLICATION_KERNEL,
        List.of(new BackendChoice(BackendType.GVISOR, ptrace, null, null)),
        null,
        OverheadSource.MEASURED,
        null,
        null);
  }

  /** For gVisor, and asks for it in namespaces of tenants. */
  public static SandboxPolicySpec enforcing(Enforcement.Mode mode) {
    return new SandboxPolicySpec(
        Isolation.APPLICATION_KERNEL,
        List.of(GVISOR),
        null,
        OverheadSource.MEASURED,
        null,
        new Enforcement(new MatchLabels(Map.of("tenant", "true")), mode));
  }

  /** Breaks a rule that the API server would hold it to. */
  public static SandboxPolicy invalid() {
    return of(
        new SandboxPolicySpec(
            Isolation.VIRTUAL_MACHINE, List.of(GVISOR), null, OverheadSource.MEASURED, null, null));
  }

  private static SandboxPolicy of(SandboxPolicySpec spec) {
    SandboxPolicy policy = new SandboxPolicy();
    policy.setMetadata(
        new ObjectMetaBuilder()
            .withName("untrusted")
            .withUid(UID)
            .withGeneration(3L)
            .withResourceVersion("7")
            .build());
    policy.setSpec(spec);
    return policy;
  }
}
