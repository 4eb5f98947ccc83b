package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.cofferdam.policy.SandboxPolicy;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * What a node has proved and measured. Cluster-scoped, of the node's name and owned by the Node;
 * its shim writes the status, and is allowed to write no other node's. Whether the node is alive
 * says its Lease of the same name, in the namespace that Cofferdam is installed in.
 *
 * <p>Mutable, as the Kubernetes client needs it, and so not thread-safe; the status is immutable.
 */
@Group(SandboxPolicy.GROUP)
@Version(SandboxPolicy.VERSION)
@Plural("sandboxnodes")
@ShortNames("sbn")
@JsonIgnoreProperties(value = {"crdName", "fullResourceName", "plural", "scope", "singular"})
@AdditionalPrinterColumn(name = "WORKS", jsonPath = ".status.summary.works")
@AdditionalPrinterColumn(name = "BELOW", jsonPath = ".status.below.kind")
@AdditionalPrinterColumn(name = "SHIM", jsonPath = ".status.shimVersion")
@AdditionalPrinterColumn(name = "CONTAINERD", jsonPath = ".status.containerdVersion", priority = 1)
@AdditionalPrinterColumn(
    name = "AGE",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class SandboxNode extends CustomResource<Void, SandboxNodeStatus> {
  private static final long serialVersionUID = 1L;

  /** Where kubectl finds them, and the first part of the API server's path. */
  public static final String PLURAL = "sandboxnodes";

  // The client would fill it by reflection with a constructor that records do not have.
  @Override
  protected @Nullable SandboxNodeStatus initStatus() {
    return null;
  }
}
