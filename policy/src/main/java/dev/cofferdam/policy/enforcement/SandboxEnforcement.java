package dev.cofferdam.policy.enforcement;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.SandboxPolicy;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What namespaces ask of their pods, out of all policies of one mode: the parameters of the chart's
 * ValidatingAdmissionPolicy and MutatingAdmissionPolicy. Cluster-scoped; there is one for each
 * mode, since a binding has one action for all of its parameters. The operator writes them.
 *
 * <p>Mutable, as the Kubernetes client needs it, and so not thread-safe; the spec is immutable.
 */
@Group(SandboxPolicy.GROUP)
@Version(SandboxPolicy.VERSION)
@Plural("sandboxenforcements")
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@JsonIgnoreProperties(value = {"crdName", "fullResourceName", "plural", "scope", "singular"})
public final class SandboxEnforcement extends CustomResource<SandboxEnforcementSpec, Void> {
  private static final long serialVersionUID = 1L;

  /** The name of the one that has the rules of this mode, such as {@code require}. */
  public static String nameOf(Enforcement.Mode mode) {
    return mode.toString().toLowerCase(Locale.ROOT);
  }

  // The client would fill it by reflection with a constructor that records do not have.
  @Override
  protected @Nullable SandboxEnforcementSpec initSpec() {
    return null;
  }
}
