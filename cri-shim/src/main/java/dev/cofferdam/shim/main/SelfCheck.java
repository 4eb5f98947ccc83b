package dev.cofferdam.shim.main;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.check.CheckHandlers;
import dev.cofferdam.shim.check.CheckMemory;
import dev.cofferdam.shim.check.CheckSchedule;
import dev.cofferdam.shim.check.CheckSettings;
import dev.cofferdam.shim.check.NodeCheck;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.RuntimeVersion;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.Proofs;
import dev.cofferdam.shim.kube.ClusterAccess;
import dev.cofferdam.shim.pod.PodRuntime;
import dev.cofferdam.shim.policy.PolicySource;
import dev.cofferdam.shim.sandboxnode.ContainerdWatch;
import dev.cofferdam.shim.sandboxnode.KubeletWatch;
import dev.cofferdam.shim.sandboxnode.NodeSources;
import dev.cofferdam.shim.sandboxnode.SandboxNodeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the shim finds out about its own node, and tells the cluster. Nothing of it is in the way of
 * a pod.
 */
final class SelfCheck implements AutoCloseable {
  private static final Duration CONTAINERD_ANSWERS = Duration.ofSeconds(10);

  private final Settings settings;
  private final Backends backends;
  private final Proofs proofs;
  private final PolicySource policies;
  private final CheckHandlers handlers;
  private final Optional<ClusterAccess> cluster;
  private @Nullable CheckSchedule schedule;
  private @Nullable SandboxNodeAgent agent;
  private @Nullable ContainerdWatch watch;
  private @Nullable Containerd containerd;

  SelfCheck(
      Settings settings,
      Backends backends,
      Proofs proofs,
      PolicySource policies,
      CheckHandlers handlers,
      Optional<ClusterAccess> cluster) {
    this.settings = settings;
    this.backends = backends;
    this.proofs = proofs;
    this.policies = policies;
    this.handlers = handlers;
    this.cluster = cluster;
  }

  /** The way to the API server, if the settings name one. */
  static Optional<ClusterAccess> cluster(Settings settings) {
    return settings
        .optional(Setting.KUBECONFIG)
        .map(Path::of)
        .map(
            file ->
                new ClusterAccess(
                    file, Optional.of(settings.path(Setting.STATE_FOLDER).resolve("token"))));
  }

  /** Begins; the shim's socket must be served. */
  void begin(PodRuntime pods, KubeletWatch kubelet) {
    Optional<CheckSchedule> checks = settings.optional(Setting.CHECK_INTERVAL).map(_ -> schedule());
    Path socket = settings.path(Setting.CONTAINERD_SOCKET);
    Containerd asked = new Containerd(socket);
    containerd = asked;
    ContainerdWatch below =
        new ContainerdWatch(
            socket,
            () -> new RuntimeVersion(asked).ask(Deadline.after(CONTAINERD_ANSWERS)),
            () -> checks.ifPresent(CheckSchedule::checkNow),
            this::wake);
    watch = below;
    SandboxNodeAgent told =
        cluster
            .map(
                access ->
                    new SandboxNodeAgent(
                        access,
                        new NodeSources(
                            ShimVersion.current(),
                            () -> checks.flatMap(CheckSchedule::latest),
                            () -> checks.map(CheckSchedule::live).orElse(Map.of()),
                            pods::runningSandboxes,
                            policies::acknowledged,
                            policies::refused,
                            before -> conditions(kubelet, below, before)),
                        settings.duration(Setting.NODE_HEARTBEAT),
                        settings.duration(Setting.NODE_TOKEN_LIFETIME)))
            .orElse(null);
    agent = told;
    schedule = checks.orElse(null);
    policies.onChange(this::wake);
    checks.ifPresent(CheckSchedule::start);
    below.start();
    if (told != null) {
      told.start();
    }
  }

  private static List<NodeCondition> conditions(
      KubeletWatch kubelet, ContainerdWatch containerd, List<NodeCondition> told) {
    return Stream.of(kubelet.conditions(told), containerd.conditions(told))
        .flatMap(List::stream)
        .toList();
  }

  private CheckSchedule schedule() {
    Optional<Duration> overhead =
        settings
            .optional(Setting.CHECK_OVERHEAD_INTERVAL)
            .map(_ -> settings.duration(Setting.CHECK_OVERHEAD_INTERVAL));
    return new CheckSchedule(
        new NodeCheck(CheckSettings.of(settings), backends),
        proofs,
        CheckMemory.in(settings.path(Setting.STATE_FOLDER)),
        settings.duration(Setting.CHECK_INTERVAL),
        overhead,
        _ -> {
          policies.proofsChanged();
          wake();
        });
  }

  private void wake() {
    SandboxNodeAgent told = agent;
    if (told != null) {
      told.wake();
    }
  }

  /** Ends calls that a check is in, for somebody waits for all calls to end. */
  void abort() {
    handlers.abort();
  }

  @Override
  public void close() {
    SandboxNodeAgent told = agent;
    if (told != null) {
      told.close();
    }
    CheckSchedule checks = schedule;
    if (checks != null) {
      checks.close();
    }
    ContainerdWatch below = watch;
    if (below != null) {
      below.close();
    }
    Containerd asked = containerd;
    if (asked != null) {
      asked.close();
    }
    abort();
  }
}
