package dev.cofferdam.shim.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.ContainerStatusResponse;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.ContainerMessages;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.SandboxRecord;

/** ContainerStatus, from memory. */
public final class ContainerInspect
    implements OwnCall<ContainerStatusRequest, ContainerStatusResponse> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Pods pods;

  public ContainerInspect(Pods pods) {
    this.pods = pods;
  }

  @Override
  public ContainerStatusResponse call(ContainerStatusRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    ContainerStatusResponse.Builder response =
        ContainerStatusResponse.newBuilder()
            .setStatus(ContainerMessages.status(container.record()));
    if (request.getVerbose()) {
      response.putInfo("info", info(container));
    }
    return response.build();
  }

  /** What {@code crictl inspect} shows beside the status. */
  private static String info(PodContainer container) {
    ContainerRecord record = container.record();
    SandboxRecord sandbox = container.pod().record();
    ObjectNode info = JSON.createObjectNode();
    info.put("sandboxID", record.sandboxId());
    // Its processes exist inside the wall only; this is the wall's.
    info.put("pid", container.pod().sandbox().map(Sandbox::pid).orElse(0L));
    info.put("backend", sandbox.backend());
    info.put("variant", sandbox.spec().variant());
    record
        .spec()
        .ifPresent(
            spec -> {
              ProcessSpec process = spec.process();
              ObjectNode shown = info.putObject("process");
              process.args().forEach(shown.putArray("args")::add);
              shown.put("cwd", process.workingDirectory());
              shown.put("uid", process.user().uid());
              shown.put("gid", process.user().gid());
              process.capabilities().stream().sorted().forEach(shown.putArray("capabilities")::add);
              info.put("rootFilesystem", spec.rootFilesystem().toString());
            });
    try {
      return JSON.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw Steps.failure("encode the info of container " + record.id(), e);
    }
  }
}
