package dev.cofferdam.shim.host;

import dev.cofferdam.cri.v1.PodSandboxConfig;

/**
 * Tells a pod's owner what the pod asks for and does not get, where that is no reason to refuse it.
 * Never waits and never fails.
 */
public interface Notices {

  /**
   * A setting that has no effect.
   *
   * @param what a sentence
   */
  void ignored(PodSandboxConfig pod, String what);
}
