package dev.cofferdam.chaos;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;

/**
 * A pod as kubelet wants it, and what is known of it. Each has one container, which writes down a
 * token at its start and then numbered lines to its log. Used by one thread at a time.
 */
final class ChaosPod {
  static final String UID_LABEL = "io.kubernetes.pod.uid";
  static final String UID_PREFIX = "chaos-";
  static final String LOG_ROOT = "/var/log/pods";

  /** Serves the token on a port, for port-forward. */
  private static final String SCRIPT =
      "head -c 16 /dev/urandom | md5sum > /tmp/token; httpd -p 8080 -h /tmp; exec lines 100000000 ";

  private final String uid;
  private final String handler;
  private final int linesPerSecond;
  int attempt;
  int containerAttempt;
  String sandboxId = "";
  String containerId = "";

  /** What the container said of itself when it was first seen to run; blank before. */
  String identity = "";

  /** A process of its was killed: it need not live. */
  volatile boolean mayEnd;

  /** Something at work for it was killed: what does not run yet may fail. */
  volatile boolean mayFailToStart;

  /**
   * @param uid of no other pod
   * @param handler blank: the node's own
   */
  ChaosPod(String uid, String handler, int linesPerSecond) {
    this.uid = uid;
    this.handler = handler;
    this.linesPerSecond = linesPerSecond;
  }

  String uid() {
    return uid;
  }

  String handler() {
    return handler;
  }

  boolean runs() {
    return !identity.isEmpty();
  }

  void forgetIdentity() {
    identity = "";
  }

  void forgetContainer() {
    forgetIdentity();
    containerId = "";
  }

  void forgetSandbox() {
    forgetContainer();
    sandboxId = "";
  }

  PodSandboxConfig config() {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder();
    if (handler.isEmpty()) {
      // containerd has no statistics of a pod without.
      config.getLinuxBuilder().setCgroupParent("/chaos-plain");
    }
    return config
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName(uid)
                .setNamespace("chaos")
                .setUid(uid)
                .setAttempt(attempt))
        .setHostname(uid)
        .setLogDirectory(LOG_ROOT + "/" + uid)
        .putLabels(UID_LABEL, uid)
        .build();
  }

  ContainerConfig containerConfig() {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("main").setAttempt(containerAttempt))
        .setImage(ImageSpec.newBuilder().setImage("docker.io/cofferdam/lines:latest"))
        .addCommand("sh")
        .addCommand("-c")
        .addCommand(SCRIPT + linesPerSecond)
        .setLogPath(attempt + "-" + containerAttempt + ".log")
        .putLabels(UID_LABEL, uid)
        .build();
  }

  @Override
  public String toString() {
    return "%s (sandbox %.12s, container %.12s%s)"
        .formatted(uid, sandboxId, containerId, mayEnd ? ", hit" : "");
  }
}
