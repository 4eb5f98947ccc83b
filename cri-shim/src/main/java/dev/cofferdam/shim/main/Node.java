package dev.cofferdam.shim.main;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.check.CanaryHandlers;
import dev.cofferdam.shim.check.CheckHandlers;
import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.cni.CniSettings;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.CriSandboxes;
import dev.cofferdam.shim.front.NetworkPause;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.BuiltInHandlers;
import dev.cofferdam.shim.handler.Proofs;
import dev.cofferdam.shim.handler.RuntimeHandlers;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.keeper.Keeper;
import dev.cofferdam.shim.kube.PodEvents;
import dev.cofferdam.shim.log.ContainerLogs;
import dev.cofferdam.shim.metrics.MetricSource;
import dev.cofferdam.shim.network.NetworkUpkeepThread;
import dev.cofferdam.shim.node.NodeHost;
import dev.cofferdam.shim.pod.PodRuntime;
import dev.cofferdam.shim.policy.PolicySettings;
import dev.cofferdam.shim.policy.PolicySource;
import dev.cofferdam.shim.sandboxnode.KubeletWatch;
import dev.cofferdam.shim.state.StateId;
import dev.cofferdam.shim.state.StateStore;
import dev.cofferdam.shim.stream.StreamSettings;
import dev.cofferdam.shim.stream.StreamingServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything about pods of our own, put together. Closing it leaves them alive. */
final class Node implements AutoCloseable {
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private final Closeables parts;
  private final PodRuntime pods;
  private final PolicySource policies;
  private final ContainerLogs logs;
  private final StreamingServer streaming;
  private final SelfCheck self;
  private final NetworkParts networks;
  private final MetricSource metrics;
  private @Nullable NetworkUpkeepThread upkeep;

  /** What the upkeep of networks needs. */
  private record NetworkParts(Cni cni, CriSandboxes containerd) {}

  private Node(
      Closeables parts,
      PodRuntime pods,
      PolicySource policies,
      ContainerLogs logs,
      StreamingServer streaming,
      SelfCheck self,
      NetworkParts networks) {
    this.parts = parts;
    this.pods = pods;
    this.policies = policies;
    this.logs = logs;
    this.streaming = streaming;
    this.self = self;
    this.networks = networks;
    this.metrics = MetricSource.of(pods.metrics(), logs.metrics(), streaming.metrics());
  }

  /**
   * Starts everything but the pods themselves, whose IDs are known from then on.
   *
   * @throws SandboxException or IOException when something that every pod needs cannot be had; what
   *     was started is stopped again
   */
  static Node start(Settings settings, Keeper keeper) throws IOException {
    Closeables parts = new Closeables();
    try {
      return start(settings, keeper, parts);
    } catch (IOException | RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private static Node start(Settings settings, Keeper keeper, Closeables parts) throws IOException {
    Path run = settings.path(Setting.RUN_FOLDER);
    Path state = settings.path(Setting.STATE_FOLDER);
    ContainerLogs logs = parts.add(ContainerLogs.start(keeper));
    StateStore store = new StateStore(state);
    Containerd containerd = parts.add(new Containerd(settings.path(Setting.CONTAINERD_SOCKET)));

    Backends backends = Backends.load(run, settings.backends());
    Proofs proofs =
        new Proofs(
            backends,
            settings.duration(Setting.PROBE_TIMEOUT),
            settings.duration(Setting.PROBE_FAILURE_HOLDS));
    PolicySource policies =
        parts.add(new PolicySource(policySettings(settings, state), backends, proofs));
    CheckHandlers checks = new CheckHandlers(backends, settings.duration(Setting.PROBE_TIMEOUT));
    BuiltInHandlers builtIn =
        new BuiltInHandlers(backends, proofs, settings.flag(Setting.HANDLERS_EMULATION));
    CanaryHandlers canaries = new CanaryHandlers(List.of(builtIn, policies));
    RuntimeHandlers handlers =
        new RuntimeHandlers(backends, List.of(builtIn, policies, checks, canaries));

    Cni cni = new Cni(cniSettings(settings, state));
    StreamingServer streaming = parts.add(new StreamingServer(streamSettings(settings)));
    Host host =
        NodeHost.of(
            cni,
            new PodCgroups(settings.path(Setting.CGROUP_ROOT)),
            containerd,
            settings.path(Setting.CONTAINERD_ROOT),
            StateId.of(state),
            logs,
            streaming,
            parts.add(new PodEvents(SelfCheck.cluster(settings), hostname())));
    PodRuntime pods =
        parts.add(
            new PodRuntime(
                PodRuntime.Parts.of(store, handlers, backends, host, new HostPaths(run))));
    SelfCheck self =
        parts.add(
            new SelfCheck(
                settings, backends, proofs, policies, checks, SelfCheck.cluster(settings)));
    policies.start();
    streaming.start();
    return new Node(
        parts,
        pods,
        policies,
        logs,
        streaming,
        self,
        new NetworkParts(cni, new CriSandboxes(containerd)));
  }

  /** The kernel's name for this machine, by which kubelet names the node unless told otherwise. */
  static String hostname() throws IOException {
    return Files.readString(HOSTNAME).strip();
  }

  private static PolicySettings policySettings(Settings settings, Path state) {
    PolicySettings usual = PolicySettings.under(state, SelfCheck.cluster(settings));
    return new PolicySettings(
        usual.cluster(),
        settings.path(Setting.POLICIES_FOLDER),
        usual.cache(),
        usual.filesInterval());
  }

  private static CniSettings cniSettings(Settings settings, Path state) {
    return new CniSettings(
        settings.path(Setting.CNI_CONFIG_FOLDER),
        settings.paths(Setting.CNI_PLUGIN_FOLDERS),
        CniSettings.defaults(state).cacheDir(),
        settings.duration(Setting.CNI_PLUGIN_TIMEOUT),
        settings.flag(Setting.CNI_POD_ADDRESSES));
  }

  private static StreamSettings streamSettings(Settings settings) {
    StreamSettings usual = StreamSettings.defaults();
    String address = settings.string(Setting.STREAMING_ADDRESS);
    try {
      return new StreamSettings(
          InetAddress.getByName(address),
          settings.port(Setting.STREAMING_PORT),
          usual.tokenLife(),
          usual.outstandingTokens(),
          usual.connections(),
          usual.handshakes(),
          usual.handshakeTimeout(),
          usual.streamCreationTimeout(),
          usual.idleTimeout(),
          usual.outputQuiet(),
          usual.drainTimeout(),
          usual.bufferBytes(),
          usual.messageBytes(),
          usual.streams());
    } catch (UnknownHostException e) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "setting '%s' is '%s', which is no address of this node"
              .formatted(Setting.STREAMING_ADDRESS.key(), address),
          e);
    }
  }

  /** Looks after pod networks from now on, in moments that the front gives. */
  void lookAfterNetworks(Settings settings, NetworkPause pauses) {
    upkeep =
        parts.add(
            NetworkUpkeepThread.start(
                networks.cni(),
                networks.containerd(),
                settings.path(Setting.CNI_CACHE_OF_OTHERS),
                pods::attached,
                pods.ownership()::ready,
                pauses,
                settings.optional(Setting.CNI_GC_INTERVAL).isEmpty()
                    ? Duration.ZERO
                    : settings.duration(Setting.CNI_GC_INTERVAL),
                settings.duration(Setting.CNI_GC_QUIET)));
  }

  /** Finds out about the node, and tells the cluster, from now on; the socket must be served. */
  void beginChecks(KubeletWatch kubelet) {
    self.begin(pods, kubelet);
  }

  /** Ends calls of a check that may hang, for somebody waits for all calls to end. */
  void abortChecks() {
    self.abort();
  }

  /**
   * Writes nothing any more and starts nothing; sessions that are open go on.
   *
   * @param attached whether those of attach do, too
   */
  void letGo(boolean attached) {
    if (upkeep != null) {
      upkeep.close();
    }
    self.close();
    pods.close();
    policies.close();
    if (attached) {
      logs.handOver();
    } else {
      logs.close();
    }
    streaming.makeRoom();
  }

  /** Waits until all sessions have ended; false: not in time. */
  boolean awaitDrained(Duration timeout) throws InterruptedException {
    return streaming.awaitDrained(timeout);
  }

  PodRuntime pods() {
    return pods;
  }

  MetricSource metrics() {
    return metrics;
  }

  MetricSource cadvisor() {
    return pods.cadvisor();
  }

  @Override
  public void close() {
    parts.close();
  }
}
