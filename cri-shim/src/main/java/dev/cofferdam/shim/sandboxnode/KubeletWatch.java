package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.shim.front.CallObserver;
import io.grpc.Metadata;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Whether kubelet comes to this shim. It asks a runtime for its Status every few seconds; where it
 * does not come for long though it runs, its setting leads elsewhere, and pods of our classes are
 * none of ours. Thread-safe.
 */
public final class KubeletWatch implements CallObserver {
  static final String TYPE = NodeCondition.KUBELET_USES_SHIM;

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String STATUS = RuntimeServiceGrpc.getStatusMethod().getFullMethodName();

  private final Path proc;
  private volatile long lastNanoTime = System.nanoTime();
  private volatile boolean called;

  public KubeletWatch() {
    this(Path.of("/proc"));
  }

  KubeletWatch(Path proc) {
    this.proc = proc;
  }

  @Override
  public Call begin(String method, Metadata headers) {
    if (method.equals(STATUS)) {
      called = true;
      lastNanoTime = System.nanoTime();
    }
    return Call.IGNORED;
  }

  /** What is to be told, given what was told before. */
  public List<NodeCondition> conditions(List<NodeCondition> told) {
    Duration silent = Duration.ofNanos(System.nanoTime() - lastNanoTime);
    return List.of(ConditionTimes.since(told, condition(called, silent, kubeletRuns(proc))));
  }

  static NodeCondition condition(boolean called, Duration silent, boolean kubeletRuns) {
    if (called && silent.compareTo(PATIENCE) < 0) {
      return new NodeCondition(
          TYPE, "True", "Calls", "kubelet asks this shim for its status", null);
    }
    if (!kubeletRuns) {
      return new NodeCondition(
          TYPE, "Unknown", "NoKubelet", "no process named kubelet runs on this node", null);
    }
    if (silent.compareTo(PATIENCE) < 0) {
      return new NodeCondition(
          TYPE, "Unknown", "NotYet", "kubelet runs, and has not called this shim yet", null);
    }
    return new NodeCondition(
        TYPE,
        "False",
        "Elsewhere",
        "kubelet runs, and does not call this shim: does its containerRuntimeEndpoint lead"
            + " elsewhere?",
        null);
  }

  static boolean kubeletRuns(Path proc) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (isKubelet(process)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  private static boolean isKubelet(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip().equals("kubelet");
    } catch (IOException gone) {
      return false;
    }
  }
}
