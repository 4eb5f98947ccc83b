package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * How strong a wall pods of a class get, and which backends may give it. Cluster-scoped; the
 * operator makes a RuntimeClass of the same name out of it.
 *
 * <p>Mutable, as the Kubernetes client needs it, and so not thread-safe; spec and status are
 * immutable.
 */
@Group(SandboxPolicy.GROUP)
@Version(SandboxPolicy.VERSION)
@Plural("sandboxpolicies")
@ShortNames("sbp")
@JsonIgnoreProperties(value = {"crdName", "fullResourceName", "plural", "scope", "singular"})
@ValidationRule(
    value =
        "self.metadata.name.size() <= 40 &&"
            + " self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
    message = "metadata.name: " + SandboxPolicy.NAME_RULE)
@AdditionalPrinterColumn(name = "ISOLATION", jsonPath = ".spec.isolation")
@AdditionalPrinterColumn(name = "BACKENDS", jsonPath = ".status.summary.backends")
@AdditionalPrinterColumn(name = "NODES", jsonPath = ".status.summary.nodes")
@AdditionalPrinterColumn(name = "MODE", jsonPath = ".spec.enforcement.mode")
@AdditionalPrinterColumn(
    name = "READY",
    jsonPath = ".status.conditions[?(@.type==\"RuntimeClassReady\")].status")
@AdditionalPrinterColumn(
    name = "REASON",
    jsonPath = ".status.conditions[?(@.type==\"RuntimeClassReady\")].reason",
    priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class SandboxPolicy extends CustomResource<SandboxPolicySpec, SandboxPolicyStatus> {
  private static final long serialVersionUID = 1L;

  public static final String GROUP = "cofferdam.dev";
  public static final String VERSION = "v1alpha1";

  /** The longest name: with {@link #HANDLER_PREFIX} it stays a DNS label, as handlers must be. */
  public static final int NAME_LENGTH = 40;

  /** Keeps a policy from capturing a handler of containerd's, such as {@code runc}. */
  public static final String HANDLER_PREFIX = "cofferdam-";

  static final String NAME_RULE =
      "must be a DNS label of at most 40 characters (a-z, 0-9 and '-', not first or last)";

  /** The runtime handler of a policy: the one that its RuntimeClass names. */
  public static String handlerOf(String policyName) {
    return HANDLER_PREFIX + policyName;
  }

  /** The policy that a handler belongs to; null for any other handler. */
  public static @Nullable String policyOf(String handler) {
    return handler.startsWith(HANDLER_PREFIX) ? handler.substring(HANDLER_PREFIX.length()) : null;
  }

  // The client would fill both by reflection with a constructor that records do not have.
  @Override
  protected @Nullable SandboxPolicySpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable SandboxPolicyStatus initStatus() {
    return null;
  }
}
