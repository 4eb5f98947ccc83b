package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.RuntimeCondition;
import dev.cofferdam.cri.v1.RuntimeHandler;
import dev.cofferdam.cri.v1.RuntimeHandlerFeatures;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.StatusResponse;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.handler.Handlers;
import dev.cofferdam.shim.host.Networks;
import java.util.Optional;

/**
 * Our part of Status: the handlers that are ours, and whether they have a network. All else in it
 * is containerd's to say. Its NetworkReady stays as it is: while only our network is broken, the
 * pods of other handlers can be started, which kubelet would not do if the node's network were not
 * ready.
 */
final class RuntimeStatus implements OwnCall<StatusRequest, StatusResponse> {
  /** A condition of our own: kubelet and crictl show it, and act on others only. */
  static final String NETWORK_READY = "CofferdamNetworkReady";

  private final Handlers handlers;
  private final Networks networks;

  RuntimeStatus(Handlers handlers, Networks networks) {
    this.handlers = handlers;
    this.networks = networks;
  }

  @Override
  public StatusResponse call(StatusRequest request) throws InterruptedException {
    StatusResponse.Builder response = StatusResponse.newBuilder();
    response.getStatusBuilder().addConditions(network(networks.notReadyReason()));
    for (String name : handlers.names()) {
      Capabilities can = handlers.capabilities(name);
      // kubelet takes a handler without features for one that it knows nothing of.
      response.addRuntimeHandlers(
          RuntimeHandler.newBuilder()
              .setName(name)
              .setFeatures(
                  RuntimeHandlerFeatures.newBuilder()
                      .setRecursiveReadOnlyMounts(can.has(Feature.RECURSIVE_READ_ONLY_MOUNTS))
                      .setUserNamespaces(can.has(Feature.USER_NAMESPACE))));
    }
    return response.build();
  }

  private static RuntimeCondition network(Optional<String> notReady) {
    return RuntimeCondition.newBuilder()
        .setType(NETWORK_READY)
        .setStatus(notReady.isEmpty())
        .setReason(notReady.isEmpty() ? "" : "NetworkPluginNotReady")
        .setMessage(notReady.orElse(""))
        .build();
  }
}
