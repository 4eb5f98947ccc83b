package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.RuntimeHandler;
import dev.cofferdam.cri.v1.RuntimeHandlerFeatures;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.StatusResponse;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.handler.Handlers;

/** Our part of Status: the handlers that are ours. All else in it is containerd's to say. */
final class RuntimeStatus implements OwnCall<StatusRequest, StatusResponse> {
  private final Handlers handlers;

  RuntimeStatus(Handlers handlers) {
    this.handlers = handlers;
  }

  @Override
  public StatusResponse call(StatusRequest request) {
    StatusResponse.Builder response = StatusResponse.newBuilder();
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
}
