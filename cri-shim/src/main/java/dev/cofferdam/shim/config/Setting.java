package dev.cofferdam.shim.config;

import java.util.Arrays;
import java.util.Optional;

/** Everything that can be set. {@code docs/configuration.md} lists the same; a test compares. */
public enum Setting {
  SOCKET("socket", "/run/cofferdam/cri.sock", "where kubelet and crictl find the shim"),
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
