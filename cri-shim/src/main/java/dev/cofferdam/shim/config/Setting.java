package dev.cofferdam.shim.config;

import java.util.Arrays;
import java.util.Optional;

/** Everything that can be set. {@code docs/configuration.md} lists the same; a test compares. */
public enum Setting {
  SOCKET("socket", "/run/cofferdam/cri.sock", "where kubelet and crictl find the shim"),
  SOCKET_KEPT_FOR(
      "socket.kept-for",
      "PT30S",
      "how long callers wait for the next shim when one has ended, before they are refused"),
  CONTAINERD_SOCKET(
      "containerd.socket", "/run/containerd/containerd.sock", "where the shim finds containerd"),
  STATE_FOLDER(
      "state.folder", "/var/lib/cofferdam", "what must survive a reboot: records of pods, caches"),
  RUN_FOLDER("run.folder", "/run/cofferdam", "what a reboot may take: sockets, pipes, mounts"),
  MAX_MESSAGE_BYTES(
      "front.max-message-bytes",
      Integer.toString(16 << 20),
      "the largest request or response; kubelet and containerd have the same"),
  MAX_BYTES_IN_FLIGHT(
      "front.max-bytes-in-flight",
      Long.toString(48L << 20),
      "what all calls together may hold of messages on their way; one connection may have half"),
  MAX_OWN_CALLS(
      "front.max-own-calls", "512", "calls about sandboxed pods that may run at the same time"),
  CONNECT_TIMEOUT(
      "containerd.connect-timeout", "PT2S", "how long a call waits for a connection to containerd"),
  CONTAINERD_ROOT(
      "containerd.root",
      "/var/lib/containerd",
      "containerd's own folder: on its disk containers write"),
  KUBECONFIG(
      "kubeconfig",
      "/etc/cofferdam/kubeconfig",
      "credentials for the API server, for policies; the file may come later, or never"),
  POLICIES_FOLDER(
      "policies.folder", "/etc/cofferdam/policies", "policies in files, beside the API server's"),
  CNI_CONFIG_FOLDER("cni.config-folder", "/etc/cni/net.d", "network configurations"),
  CNI_PLUGIN_FOLDERS(
      "cni.plugin-folders", "/opt/cni/bin:/usr/lib/cni", "where CNI plugins are looked for"),
  CNI_PLUGIN_TIMEOUT("cni.plugin-timeout", "PT30S", "how long one plugin may take"),
  CNI_GC_INTERVAL(
      "cni.gc-interval",
      "PT6H",
      "how often CNI plugins that can are told which attachments there are; nothing: never"),
  CNI_GC_QUIET(
      "cni.gc-quiet",
      "PT2M",
      "how long before that no call for a pod may have failed, nor the shim have started"),
  CNI_CACHE_OF_OTHERS(
      "cni.cache-of-others",
      "/var/lib/cni",
      "where containerd's CNI library notes its attachments"),
  CNI_POD_ADDRESSES(
      "cni.pod-addresses", "false", "whether pods may ask for their IP and MAC addresses"),
  CGROUP_ROOT("cgroup.root", "/sys/fs/cgroup", "where cgroups are mounted"),
  STREAMING_ADDRESS(
      "streaming.address", "127.0.0.1", "where exec, attach and port-forward are served"),
  STREAMING_PORT("streaming.port", "0", "its port; 0: any that is free"),
  KEEPER_PROGRAM(
      "keeper.program", "", "the keeper of descriptors; nothing: the one beside this program"),
  KEEPER_TIMEOUT("keeper.timeout", "PT5S", "how long the keeper may take to start"),
  PROBE_TIMEOUT("probe.timeout", "PT1M", "how long a backend may take to prove that it works"),
  PROBE_FAILURE_HOLDS(
      "probe.failure-holds", "PT1M", "how long a failed proof is believed before the next one"),
  CHECK_INTERVAL(
      "check.interval",
      "PT10M",
      "how often the node is checked; also at start, and when a program changes; nothing: never"),
  CHECK_TIMEOUT(
      "check.timeout", "PT3M", "how long a check of one variant of a backend may take as a whole"),
  CHECK_WINDOW(
      "check.window", "PT3S", "how long a check looks at a pod to tell what the sandbox costs"),
  CHECK_OVERHEAD_INTERVAL(
      "check.overhead-interval",
      "PT24H",
      "how often what a sandbox costs is measured; also when a program changes; nothing: never"),
  CHECK_PROGRAM(
      "check.program", "", "what pods of a check run; nothing: the one beside this program"),
  NODE_HEARTBEAT(
      "node.heartbeat",
      "PT10S",
      "how often the node's Lease is renewed; it holds four times as long"),
  NODE_TOKEN_LIFETIME(
      "node.token-lifetime",
      "PT24H",
      "of the tokens that the node gets for itself, when half of the last one's is over"),
  HANDLERS_EMULATION(
      "handlers.emulation",
      "false",
      "whether the handlers microvm and microvm-qemu may emulate, which isolates nobody, where"
          + " there is no KVM: for development"),
  LOG_FORMAT("log.format", "text", "how lines of the log look: text or json"),
  LOG_LEVEL("log.level", "info", "what is in the log: error, warn, info, debug or trace"),
  METRICS_ADDRESS(
      "metrics.address",
      "127.0.0.1:9477",
      "where Prometheus finds the shim's metrics, as address:port; nothing: nowhere"),
  TRACING_ENDPOINT(
      "tracing.endpoint",
      "",
      "where spans go by OTLP over gRPC, as http://address:port, or https; nothing: no traces"),
  TRACING_SAMPLES(
      "tracing.samples-per-million",
      "0",
      "how many of the calls that bring no trace of their own begin one; kubelet decides for its"),
  HAND_OVER_TIMEOUT(
      "hand-over.timeout",
      "PT1M",
      "how long a shim with --take-over waits for the calls that the running one is in, and then"
          + " that one for it to serve"),
  DRAIN_TIMEOUT(
      "hand-over.drain-timeout",
      "PT10M",
      "how long sessions of exec and port-forward may last in a shim that was taken over from"),
  STOP_TIMEOUT("stop-timeout", "PT5S", "how long running calls are given when the shim stops");

  private final String key;
  private final String defaultValue;
  private final String meaning;

  Setting(String key, String defaultValue, String meaning) {
    this.key = key;
    this.defaultValue = defaultValue;
    this.meaning = meaning;
  }

  /** The name in the file, and of the flag. */
  public String key() {
    return key;
  }

  public String defaultValue() {
    return defaultValue;
  }

  public String meaning() {
    return meaning;
  }

  static Optional<Setting> of(String key) {
    return Arrays.stream(values()).filter(setting -> setting.key.equals(key)).findFirst();
  }
}
