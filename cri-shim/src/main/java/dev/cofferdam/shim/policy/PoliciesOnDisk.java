package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;

/** The policies that a node knows, as they lie on its disk: for who asks beside the shim. */
public final class PoliciesOnDisk {
  private final Policies policies = new Policies();

  private PoliciesOnDisk() {}

  /** Reads what the API server said last, and the node's own files. */
  public static PoliciesOnDisk read(PolicySettings settings) {
    PoliciesOnDisk onDisk = new PoliciesOnDisk();
    if (settings.cluster().isPresent()) {
      new ClusterPolicies(onDisk.policies, new PolicyCache(settings.cache())).loadCache();
    }
    var _ = new PolicyFiles(settings.files(), onDisk.policies).refresh();
    return onDisk;
  }

  /**
   * What a policy asks for.
   *
   * @throws SandboxException NOT_FOUND when this node has not heard of it, INVALID_ARGUMENT when it
   *     cannot act on it
   */
  public SandboxPolicySpec spec(String name) {
    KnownPolicy policy =
        policies
            .byName(name)
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.NOT_FOUND,
                        "this node has not heard of SandboxPolicy \"%s\"; it knows %s"
                            .formatted(name, policies.names())));
    return switch (policy) {
      case KnownPolicy.Accepted accepted -> accepted.spec();
      case KnownPolicy.Refused refused ->
          throw new SandboxException(
              ErrorCode.INVALID_ARGUMENT,
              "this node cannot act on SandboxPolicy \"%s\" (%s): %s"
                  .formatted(name, refused.origin(), refused.reason()));
    };
  }
}
