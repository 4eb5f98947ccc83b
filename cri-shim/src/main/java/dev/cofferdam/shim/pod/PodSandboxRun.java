package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cni.Attachment;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.handler.Handlers;
import dev.cofferdam.shim.handler.ResolvedHandler;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.Beside;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.Ids;
import dev.cofferdam.shim.live.Names;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.StartSlots;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import dev.cofferdam.shim.state.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** RunPodSandbox: network, cgroup and wall of a new pod. */
final class PodSandboxRun implements OwnCall<RunPodSandboxRequest, RunPodSandboxResponse> {
  private static final Logger LOG = LoggerFactory.getLogger(PodSandboxRun.class);

  private final Pods pods;
  private final Handlers handlers;
  private final SandboxRecords records;
  private final StateStore store;
  private final Host host;
  private final HostPaths paths;
  private final PodFiles files;
  private final PodTeardown teardown;
  private final SandboxWatch watch;
  private final ContainerEvents events;
  private final Timeouts timeouts;
  private final PodMetrics metrics;
  private final StartSlots slots;

  PodSandboxRun(
      Pods pods,
      Handlers handlers,
      SandboxRecords records,
      StateStore store,
      Host host,
      HostPaths paths,
      PodFiles files,
      PodTeardown teardown,
      SandboxWatch watch,
      ContainerEvents events,
      Timeouts timeouts,
      PodMetrics metrics,
      StartSlots slots) {
    this.pods = pods;
    this.handlers = handlers;
    this.records = records;
    this.store = store;
    this.host = host;
    this.paths = paths;
    this.files = files;
    this.teardown = teardown;
    this.watch = watch;
    this.events = events;
    this.timeouts = timeouts;
    this.metrics = metrics;
    this.slots = slots;
  }

  @Override
  public RunPodSandboxResponse call(RunPodSandboxRequest request) {
    PodSandboxConfig config = request.getConfig();
    String name = PodRequests.name(config);
    PodRequests.validate(config);
    Steps steps = new Steps(metrics.startSteps());
    Names.Made made =
        pods.podNames()
            .make(
                name,
                () -> run(request.getRuntimeHandler(), config, steps),
                steps::current,
                CallDeadline.atMost(timeouts.turn()));
    if (!made.now()) {
      requireSame(name, request.getRuntimeHandler(), made.id());
    }
    return RunPodSandboxResponse.newBuilder().setPodSandboxId(made.id()).build();
  }

  private String run(String handler, PodSandboxConfig config, Steps steps) {
    long start = System.nanoTime();
    ResolvedHandler resolved =
        steps.run("resolve the runtime handler", () -> handlers.resolve(handler));
    PodRequests.refuseUnsupported(config, resolved);
    SandboxRecord planned = records.plan(Ids.next(), resolved, config);
    MDC.put("sandbox", planned.id());
    MDC.put("pod", config.getMetadata().getNamespace() + "/" + config.getMetadata().getName());
    boolean done = false;
    try (StartSlots.Slot _ = steps.run("wait for other pods that are starting", slots::take)) {
      String id = build(planned, resolved, steps);
      done = true;
      return id;
    } catch (RuntimeException | Error e) {
      List<String> left = steps.undo();
      if (!left.isEmpty()) {
        pending(planned, left);
      }
      throw e;
    } finally {
      metrics.started(planned.backend(), resolved.variant(), System.nanoTime() - start, done);
    }
  }

  private String build(SandboxRecord planned, ResolvedHandler resolved, Steps steps) {
    PodSandboxConfig config = planned.config();
    steps.effect(
        "write the sandbox's record",
        () -> {
          store.save(planned);
          Files.createDirectories(planned.spec().directory());
        },
        () -> store.removeSandbox(planned.id()));

    Optional<Beside<Attachment>> network =
        planned.spec().networkNamespace().map(namespace -> attach(planned, namespace, steps));

    steps.effect(
        "make the pod's cgroup",
        () ->
            host.cgroups()
                .create(
                    config.getLinux().getCgroupParent(),
                    planned.id(),
                    SandboxRecords.cgroupLimits(config)),
        () -> teardown.deleteCgroup(planned));

    steps.effect(
        "write the pod's files",
        () -> files.make(paths.podFiles(planned.id()), config, planned.spec().hostname()),
        () -> teardown.removeFiles(planned));

    Sandbox sandbox =
        steps.run(
            "start the sandbox",
            () -> create(planned, resolved, network),
            () -> teardown.purge(planned));

    SandboxRecord ready = attached(planned, network).withPhase(Phase.READY, "");
    steps.effect("write that the sandbox runs", () -> store.save(ready));

    Pod pod = new Pod(ready, store);
    pod.runsIn(sandbox);
    pods.add(pod);
    watch.begin(pod, sandbox);
    events.of(pod, ContainerEventType.CONTAINER_CREATED_EVENT);
    events.of(pod, ContainerEventType.CONTAINER_STARTED_EVENT);
    return pod.id();
  }

  /** Begins with the network: its plugins and the wall's own start need not wait for each other. */
  private Beside<Attachment> attach(SandboxRecord planned, Path namespace, Steps steps) {
    steps.effect(
        "make the network namespace",
        () -> host.networks().createNamespace(namespace),
        () -> teardown.deleteNamespace(planned));
    return steps.beside(
        "attach the pod to the network",
        () ->
            host.networks()
                .add(PodNetworks.of(planned, namespace), Deadline.after(timeouts.network())),
        () -> teardown.detachNetwork(planned),
        timeouts.turn());
  }

  private Sandbox create(
      SandboxRecord planned, ResolvedHandler resolved, Optional<Beside<Attachment>> network) {
    Deadline deadline = Deadline.after(timeouts.create());
    if (network.isEmpty()) {
      return resolved.backend().create(planned.spec(), deadline);
    }
    return resolved
        .backend()
        .create(
            planned.spec(),
            limit -> {
              Attachment _ = network.get().await(limit);
            },
            deadline);
  }

  private SandboxRecord attached(SandboxRecord planned, Optional<Beside<Attachment>> network) {
    return network
        .map(made -> made.await(Deadline.after(timeouts.network())))
        .map(made -> planned.withNetwork(made.ips(), made.rawResultJson()))
        .orElse(planned);
  }

  /** What could not be undone is shown as a sandbox that is not ready, for Stop and the sweep. */
  private void pending(SandboxRecord planned, List<String> left) {
    String note = "it could not be started, nor be cleaned up: " + String.join("; ", left);
    LOG.warn("pod sandbox {}: {}", planned.id(), note);
    Pod pod = new Pod(planned.withPhase(Phase.CLEANUP_PENDING, note), store);
    pod.ended();
    pod.observe(record -> record);
    pods.add(pod);
  }

  private void requireSame(String name, String handler, String id) {
    Pod pod = pods.pod(id);
    if (!pod.ready() || !pod.record().handler().equals(handler)) {
      throw new SandboxException(
          ErrorCode.ALREADY_EXISTS,
          "pod \""
              + name
              + "\" has the sandbox "
              + id
              + " already, with runtime handler \""
              + pod.record().handler()
              + "\" and not "
              + (pod.ready() ? "\"" + handler + "\"" : "ready")
              + "; remove it first");
    }
  }
}
