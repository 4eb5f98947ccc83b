package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.GVisorChoice;
import dev.cofferdam.policy.Ground;
import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.ProbeReason;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.handler.Proofs;
import java.util.List;
import java.util.Optional;

/**
 * The handlers {@code cofferdam-<policy>}. All of that prefix are ours, also of policies that we do
 * not know (yet): nobody else may serve them with a weaker wall.
 */
final class PolicyHandlers {
  private final Policies policies;
  private final NodeProof node;

  PolicyHandlers(Policies policies, NodeProof node) {
    this.policies = policies;
    this.node = node;
  }

  /** What the probes of this shim's backends say, and what is below the node. */
  static NodeProof proofOf(Backends backends, Proofs proofs) {
    return new NodeProof() {
      @Override
      public Optional<Finding> of(Variant variant) {
        return findingOf(backends, proofs, variant);
      }

      @Override
      public Optional<Ground> below() {
        return proofs
            .onVirtualMachine()
            .map(virtual -> virtual ? Ground.VIRTUAL_MACHINE : Ground.BARE_METAL);
      }
    };
  }

  private static Optional<NodeProof.Finding> findingOf(
      Backends backends, Proofs proofs, Variant variant) {
    return backends
        .byName(variant.backend())
        .filter(backend -> backend.variants().contains(variant.name()))
        .map(
            backend -> {
              ProbeResult result = proofs.of(variant.backend(), variant.name());
              return Optional.of(
                  result.works()
                      ? NodeProof.Finding.proved(result.detail())
                      : NodeProof.Finding.failed(result.detail()));
            })
        .orElseGet(
            () ->
                Optional.of(
                    new NodeProof.Finding(
                        false, ProbeReason.NOT_BUILT_IN, "this shim was built without it")));
  }

  boolean owns(String handler) {
    return handler.startsWith(SandboxPolicy.HANDLER_PREFIX);
  }

  Placement place(String handler) {
    String name = handler.substring(SandboxPolicy.HANDLER_PREFIX.length());
    KnownPolicy policy =
        policies
            .byName(name)
            .orElseThrow(
                () ->
                    noBackend(
                        "this node has not heard of SandboxPolicy \"%s\" (yet); it knows %s"
                            .formatted(name, policies.names())));
    return switch (policy) {
      case KnownPolicy.Refused(String reason, String origin, long _) ->
          throw noBackend(
              "this node cannot act on SandboxPolicy \"%s\" (%s): %s"
                  .formatted(name, origin, reason));
      case KnownPolicy.Accepted accepted ->
          switch (dev.cofferdam.policy.Placement.of(accepted.spec(), node)) {
            case dev.cofferdam.policy.Placement.Placed placed ->
                new Placement(
                    placed.variant().backend(),
                    placed.variant().name(),
                    placed.choice().gVisor() != null
                        && placed.choice().gVisor().network() == GVisorChoice.Network.HOST);
            case dev.cofferdam.policy.Placement.Refused refused ->
                throw noBackend(
                    "this node can give SandboxPolicy \"%s\" none of its backends: %s"
                        .formatted(name, String.join("; ", refused.reasons())));
          };
    };
  }

  List<String> names() {
    return policies.names().stream().map(SandboxPolicy::handlerOf).toList();
  }

  private static SandboxException noBackend(String message) {
    return new SandboxException(ErrorCode.NO_BACKEND, message);
  }
}
