package dev.cofferdam.shim.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.ContainerMessages;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodMessages;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.state.SandboxRecord;

/** PodSandboxStatus, from memory. */
final class PodSandboxInspect
    implements OwnCall<PodSandboxStatusRequest, PodSandboxStatusResponse> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Pods pods;

  PodSandboxInspect(Pods pods) {
    this.pods = pods;
  }

  @Override
  public PodSandboxStatusResponse call(PodSandboxStatusRequest request) {
    Pod pod = pods.pod(request.getPodSandboxId());
    PodSandboxStatusResponse.Builder response =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(PodMessages.status(pod.record()))
            .setTimestamp(Clocks.nanos());
    pod.containers()
        .forEach(
            container ->
                response.addContainersStatuses(ContainerMessages.status(container.record())));
    if (request.getVerbose()) {
      response.putInfo("info", info(pod));
    }
    return response.build();
  }

  /** What {@code crictl inspectp} shows beside the status. */
  private static String info(Pod pod) {
    SandboxRecord record = pod.record();
    ObjectNode info = JSON.createObjectNode();
    info.put("pid", pod.sandbox().map(Sandbox::pid).orElse(0L));
    info.put("runtimeHandler", record.handler());
    info.put("backend", record.backend());
    info.put("variant", record.spec().variant());
    info.put("phase", record.phase().name());
    info.put("note", record.note());
    info.put("hostname", record.spec().hostname());
    info.put("networkNamespace", record.spec().networkNamespace().map(Object::toString).orElse(""));
    info.put("cgroup", record.spec().cgroup().orElse(""));
    if (!record.networkResult().isEmpty()) {
      info.putRawValue("cniResult", new RawValue(record.networkResult()));
    }
    info.put("logDirectory", record.config().getLogDirectory());
    info.put("cgroupParent", record.config().getLinux().getCgroupParent());
    try {
      return JSON.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw Steps.failure("encode the info of pod sandbox " + record.id(), e);
    }
  }
}
