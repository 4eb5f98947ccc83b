package dev.cofferdam.shim.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.Wall;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.ContainerMessages;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodMessages;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.SandboxRecord;

/** PodSandboxStatus, from memory; only who wants it verbose waits for the wall to answer. */
final class PodSandboxInspect
    implements OwnCall<PodSandboxStatusRequest, PodSandboxStatusResponse> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Pods pods;
  private final Timeouts timeouts;

  PodSandboxInspect(Pods pods, Timeouts timeouts) {
    this.pods = pods;
    this.timeouts = timeouts;
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
  private String info(Pod pod) {
    SandboxRecord record = pod.record();
    ObjectNode info = JSON.createObjectNode();
    info.put("pid", pod.sandbox().map(Sandbox::pid).orElse(0L));
    info.put("runtimeHandler", record.handler());
    info.put("backend", record.backend());
    info.put("variant", record.spec().variant());
    info.put("phase", record.phase().name());
    info.put("note", record.note());
    pod.sandbox().ifPresent(sandbox -> wall(sandbox, info.putObject("wall")));
    info.put("hostname", record.spec().hostname());
    info.put("networkNamespace", record.spec().networkNamespace().map(Object::toString).orElse(""));
    info.put("cgroup", record.spec().cgroup().orElse(""));
    if (!record.networkResult().isEmpty()) {
      info.putRawValue("cniResult", new RawValue(record.networkResult()));
    }
    pod.calls().lines().forEach(info.putArray("recentCalls")::add);
    info.put("logDirectory", record.config().getLogDirectory());
    info.put("cgroupParent", record.config().getLinux().getCgroupParent());
    try {
      return JSON.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw Steps.failure("encode the info of pod sandbox " + record.id(), e);
    }
  }

  /** Asked now, of the wall itself: a record only says what was wanted. */
  private void wall(Sandbox sandbox, ObjectNode shown) {
    try {
      Wall wall = sandbox.wall(Deadline.after(timeouts.usage()));
      shown.put("kind", wall.kind());
      shown.put("variant", wall.variant());
      shown.put("version", wall.version());
      shown.put("kernel", wall.kernel());
      shown.put("pid", wall.pid());
    } catch (RuntimeException e) {
      shown.put("error", String.valueOf(e.getMessage()));
    }
  }
}
