package dev.cofferdam.shim.install;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an installer asks of container runtimes, over CRI. Failures are {@code SandboxException}s
 * that say what was asked of whom.
 */
public interface Runtimes {

  /** A pod behind one of our walls. */
  record WalledPod(String id, String namespace, String name, String handler) {
    @Override
    public String toString() {
      return namespace
          + "/"
          + name
          + " ("
          + handler
          + ", "
          + id.substring(0, Math.min(13, id.length()))
          + ")";
    }
  }

  /** Name and version of the runtime that answers there, such as {@code containerd 2.4.2}. */
  String version(Path socket, Duration timeout);

  /**
   * Runs a pod the whole way, and leaves nothing of it.
   *
   * @param handler blank: the runtime's default
   */
  Proof prove(Path socket, String handler, Duration timeout) throws InterruptedException;

  /** What a canary has shown. */
  enum Proof {
    WHOLE_WAY,
    /** Its sandbox was made, again and again, and kubelet ended it before its container ran. */
    ENDED_BY_KUBELET
  }

  /** A name of the image that containerd has on every node: the one of its own sandboxes. */
  String sandboxImage(Path socket, Duration timeout);

  /** Whether a container runs of a pod that kubelet ordered, by the begin of the pod's name. */
  boolean runs(Path socket, String namespace, String pod, Duration timeout);

  /** Pods that the shim has and containerd beneath it has not, whether they run or not. */
  List<WalledPod> walled(Path shim, Path containerd, Duration timeout);

  /**
   * Ends the pods that nobody but the shim knows: canaries of an installer that was killed, and
   * those of a check.
   */
  void endUnseen(Path shim, Duration timeout);

  /** Ends a pod and removes it. */
  void end(Path socket, WalledPod pod, Duration timeout);
}
