package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.shim.cadvisor.CadvisorPage;
import dev.cofferdam.shim.cadvisor.MetricsCalls;
import dev.cofferdam.shim.cadvisor.Numbers;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.container.ContainerAdoption;
import dev.cofferdam.shim.container.ContainerCreate;
import dev.cofferdam.shim.container.ContainerExecSync;
import dev.cofferdam.shim.container.ContainerInspect;
import dev.cofferdam.shim.container.ContainerList;
import dev.cofferdam.shim.container.ContainerRemove;
import dev.cofferdam.shim.container.ContainerReopenLog;
import dev.cofferdam.shim.container.ContainerStart;
import dev.cofferdam.shim.container.ContainerStatistics;
import dev.cofferdam.shim.container.ContainerStatsCalls;
import dev.cofferdam.shim.container.ContainerStop;
import dev.cofferdam.shim.container.ContainerStreams;
import dev.cofferdam.shim.container.ContainerUpdate;
import dev.cofferdam.shim.container.ExitWatch;
import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.front.Route.ByContainer;
import dev.cofferdam.shim.front.Route.ByHandler;
import dev.cofferdam.shim.front.Route.BySandbox;
import dev.cofferdam.shim.front.Route.Merged;
import dev.cofferdam.shim.front.Route.MergedEvents;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.Handlers;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.StartSlots;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.metrics.MetricSource;
import dev.cofferdam.shim.state.BootId;
import dev.cofferdam.shim.state.StateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The life of all pods that are ours: construct it (which reads what is known of before), serve its
 * {@link #routes}, and {@link #start} it.
 */
public final class PodRuntime implements AutoCloseable {
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);
  private static final Path ETC = Path.of("/etc");
  private static final int RESTORE_HANDLER_FIELD = 3;
  private static final int RUN_HANDLER_FIELD = 2;

  private final Pods pods = new Pods();
  private final ContainerEvents events = new ContainerEvents();
  private final PodOwnership ownership;
  private final PodMetrics metrics;
  private final ContainerStatistics usage;
  private final Numbers numbers;
  private final StartSlots slots = new StartSlots();
  private final PodRecovery recovery;
  private final Sweep sweep;
  private final List<Route> routes;
  private final CountDownLatch adopted = new CountDownLatch(1);
  private final Thread background = Thread.ofVirtual().name("pods").unstarted(this::run);

  /** What {@link PodRuntime} is made of. */
  public record Parts(
      StateStore store,
      Handlers handlers,
      Backends backends,
      Host host,
      HostPaths paths,
      Timeouts timeouts,
      String bootId) {

    /** With the usual timeouts, on this boot of the node. */
    public static Parts of(
        StateStore store, Handlers handlers, Backends backends, Host host, HostPaths paths) {
      return new Parts(
          store, handlers, backends, host, paths, Timeouts.defaults(), BootId.current());
    }
  }

  /** Reads the records; every ID of ours is known from then on. */
  public PodRuntime(Parts parts) {
    Host host = parts.host();
    Timeouts timeouts = parts.timeouts();
    StateStore store = parts.store();

    this.ownership = new PodOwnership(pods, parts.handlers());
    this.metrics = new PodMetrics(pods, ownership);
    ExitWatch exits = new ExitWatch(host.logs(), events);
    SandboxWatch watch = new SandboxWatch(exits, host.cgroups(), events);
    PodFiles files = new PodFiles(host.mounts(), ETC);
    PodTeardown teardown = new PodTeardown(parts.backends(), host, parts.paths(), files, timeouts);
    SandboxRecords records =
        new SandboxRecords(store, parts.paths(), host.cgroups(), parts.bootId());

    ContainerStop containerStop = new ContainerStop(pods, timeouts);
    ContainerRemove containerRemove =
        new ContainerRemove(pods, store, host, parts.paths(), containerStop, events, timeouts);
    PodSandboxStop podStop = new PodSandboxStop(pods, teardown, watch, timeouts);
    PodSandboxRemove podRemove =
        new PodSandboxRemove(pods, store, podStop, containerRemove, teardown, events, timeouts);
    PodSandboxRun podRun =
        new PodSandboxRun(
            pods,
            parts.handlers(),
            records,
            store,
            host,
            parts.paths(),
            files,
            teardown,
            watch,
            events,
            timeouts,
            metrics,
            slots);

    this.recovery =
        new PodRecovery(
            pods,
            store,
            parts.backends(),
            watch,
            new ContainerAdoption(pods, host.logs(), parts.paths(), exits),
            timeouts,
            parts.bootId());
    this.sweep =
        new Sweep(
            pods,
            recovery,
            new Orphans(store, host, parts.paths()),
            podStop,
            podRemove,
            containerRemove,
            teardown,
            timeouts,
            parts.bootId(),
            metrics);
    this.usage = new ContainerStatistics(host.images(), timeouts);
    this.numbers = new Numbers(pods, usage::of);
    this.routes = routes(parts, podRun, podStop, podRemove, containerStop, containerRemove, exits);
    recovery.load();
  }

  private List<Route> routes(
      Parts parts,
      PodSandboxRun podRun,
      PodSandboxStop podStop,
      PodSandboxRemove podRemove,
      ContainerStop containerStop,
      ContainerRemove containerRemove,
      ExitWatch exits) {
    Host host = parts.host();
    Timeouts timeouts = parts.timeouts();
    PodSandboxList podList = new PodSandboxList(pods);
    ContainerList containerList = new ContainerList(pods);
    ContainerStatsCalls containerStats = new ContainerStatsCalls(pods, usage);
    PodStatistics podStats = new PodStatistics(pods, host.cgroups(), usage);
    MetricsCalls podMetrics = new MetricsCalls(numbers);
    ContainerStreams streams = new ContainerStreams(pods, host.streams(), host.logs(), timeouts);
    String noCheckpoint = "checkpoint and restore are not supported by this pod's backend";

    return List.of(
        new ByHandler<>(RuntimeServiceGrpc.getRunPodSandboxMethod(), RUN_HANDLER_FIELD, podRun),
        new BySandbox<>(RuntimeServiceGrpc.getStopPodSandboxMethod(), podStop),
        new BySandbox<>(RuntimeServiceGrpc.getRemovePodSandboxMethod(), podRemove),
        new BySandbox<>(
            RuntimeServiceGrpc.getPodSandboxStatusMethod(), new PodSandboxInspect(pods, timeouts)),
        new BySandbox<>(
            RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(),
            new PodSandboxUpdate(pods, host.cgroups(), timeouts)),
        new BySandbox<>(RuntimeServiceGrpc.getPodSandboxStatsMethod(), podStats::one),
        new BySandbox<>(
            RuntimeServiceGrpc.getPortForwardMethod(),
            new PodSandboxPortForward(pods, host.streams(), timeouts)),
        new Merged<>(RuntimeServiceGrpc.getListPodSandboxMethod(), podList),
        new Merged<>(RuntimeServiceGrpc.getStreamPodSandboxesMethod(), podList::stream),
        new Merged<>(RuntimeServiceGrpc.getListPodSandboxStatsMethod(), podStats::list),
        new Merged<>(RuntimeServiceGrpc.getStreamPodSandboxStatsMethod(), podStats::stream),
        new BySandbox<>(
            RuntimeServiceGrpc.getCreateContainerMethod(),
            new ContainerCreate(
                pods,
                parts.backends(),
                parts.store(),
                host,
                parts.paths(),
                events,
                timeouts,
                metrics.containerSteps())),
        new ByContainer<>(
            RuntimeServiceGrpc.getStartContainerMethod(),
            new ContainerStart(pods, exits, events, timeouts, slots, metrics.containerSteps())),
        new ByContainer<>(RuntimeServiceGrpc.getStopContainerMethod(), containerStop),
        new ByContainer<>(RuntimeServiceGrpc.getRemoveContainerMethod(), containerRemove),
        new ByContainer<>(
            RuntimeServiceGrpc.getContainerStatusMethod(), new ContainerInspect(pods)),
        new ByContainer<>(
            RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
            new ContainerUpdate(pods, parts.backends(), timeouts)),
        new ByContainer<>(
            RuntimeServiceGrpc.getReopenContainerLogMethod(),
            new ContainerReopenLog(pods, host.logs())),
        new ByContainer<>(
            RuntimeServiceGrpc.getExecSyncMethod(), new ContainerExecSync(pods, timeouts)),
        new ByContainer<>(RuntimeServiceGrpc.getExecMethod(), streams::exec),
        new ByContainer<>(RuntimeServiceGrpc.getAttachMethod(), streams::attach),
        new ByContainer<>(RuntimeServiceGrpc.getContainerStatsMethod(), containerStats::one),
        new Merged<>(RuntimeServiceGrpc.getListContainersMethod(), containerList),
        new Merged<>(RuntimeServiceGrpc.getStreamContainersMethod(), containerList::stream),
        new Merged<>(RuntimeServiceGrpc.getListContainerStatsMethod(), containerStats::list),
        new Merged<>(RuntimeServiceGrpc.getStreamContainerStatsMethod(), containerStats::stream),
        new Merged<>(RuntimeServiceGrpc.getListMetricDescriptorsMethod(), podMetrics::descriptors),
        new Merged<>(RuntimeServiceGrpc.getListPodSandboxMetricsMethod(), podMetrics::list),
        new Merged<>(RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(), podMetrics::stream),
        new MergedEvents<>(RuntimeServiceGrpc.getGetContainerEventsMethod(), events),
        new Merged<>(
            RuntimeServiceGrpc.getStatusMethod(),
            new RuntimeStatus(parts.handlers(), host.networks())),
        new ByContainer<>(
            RuntimeServiceGrpc.getCheckpointContainerMethod(), Unsupported.because(noCheckpoint)),
        new BySandbox<>(
            RuntimeServiceGrpc.getCheckpointPodMethod(), Unsupported.because(noCheckpoint)),
        new ByHandler<>(
            RuntimeServiceGrpc.getRestorePodMethod(),
            RESTORE_HANDLER_FIELD,
            Unsupported.because(noCheckpoint)));
  }

  /** Every call of CRI that is ours, for the front. */
  public List<Route> routes() {
    return routes;
  }

  /** Our pods that run and are on a network, as plugins know them. */
  public List<PodNetwork> attached() {
    return pods.all().stream()
        .filter(Pod::ready)
        .map(Pod::record)
        .flatMap(
            record ->
                record.spec().networkNamespace().stream()
                    .map(namespace -> PodNetworks.of(record, namespace)))
        .toList();
  }

  /** How many sandboxes run, by policy and variant; those of checks not counted. */
  public List<RunningSandboxes> runningSandboxes() {
    return RunningCount.of(
        pods.listed(Map.of()).stream().filter(Pod::ready).map(Pod::record).toList());
  }

  public Ownership ownership() {
    return ownership;
  }

  /** Numbers about our pods. */
  public MetricSource metrics() {
    return metrics;
  }

  /** What our containers use, as kubelet's cAdvisor would tell it. */
  public MetricSource cadvisor() {
    return new CadvisorPage(numbers);
  }

  /** Takes up what runs, in the background; {@link Ownership#ready} tells when that is done. */
  public void start() {
    background.start();
  }

  private void run() {
    try {
      recovery.adopt();
    } catch (InterruptedException e) {
      return;
    }
    ownership.adopted();
    adopted.countDown();
    sweep.repeat(SWEEP_EVERY);
  }

  /**
   * Waits until nothing is done in the background, and lets nothing begin.
   *
   * @return false: it took too long, and all is as before
   */
  public boolean pause(Duration patience) throws InterruptedException {
    return ownership.ready() && sweep.pause(patience);
  }

  /** Ends a pause. */
  public void goOn() {
    sweep.goOn();
  }

  /** Waits until all that ran before is taken up; false: not in time. */
  public boolean awaitAdopted(Duration timeout) throws InterruptedException {
    return adopted.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Lets go of everything; all pods run on, and their records are the next shim's to write. */
  @Override
  public void close() {
    background.interrupt();
    pods.all().forEach(Pod::forget);
    pods.allContainers().forEach(PodContainer::forget);
  }
}
