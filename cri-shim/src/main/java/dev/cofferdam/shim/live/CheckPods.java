package dev.cofferdam.shim.live;

import java.util.Map;

/**
 * The pods in which a node's checks run, and an installer's canaries. They go every pod's way, but
 * lists leave them out unless they are asked for by their label: kubelet takes a pod that no API
 * server knows for an orphan, and ends it.
 */
public final class CheckPods {
  /**
   * What their runtime handlers begin with; then {@code BACKEND/VARIANT}. No RuntimeClass can name
   * such a handler (a DNS label has neither colon nor slash), so no pod of the cluster can hide.
   */
  public static final String HANDLER_PREFIX = "cofferdam:check/";

  /**
   * What the runtime handlers of an installer's canaries begin with; then the handler that is
   * tried.
   */
  public static final String CANARY_PREFIX = "cofferdam:canary/";

  /** A label of an installer's canaries; its value is {@code true}. */
  public static final String CANARY_LABEL = "cofferdam.dev/install-canary";

  /** A label of a check's pods and their containers; its value is {@code true}. */
  public static final String LABEL = "cofferdam.dev/check";

  private CheckPods() {}

  /** Whether pods of this runtime handler are nobody's but the node's own. */
  public static boolean is(String runtimeHandler) {
    return runtimeHandler.startsWith(HANDLER_PREFIX) || runtimeHandler.startsWith(CANARY_PREFIX);
  }

  /** Whether who lists by these labels is to see a pod of this handler. */
  static boolean listed(String runtimeHandler, Map<String, String> labelSelector) {
    return !is(runtimeHandler)
        || labelSelector.containsKey(LABEL)
        || labelSelector.containsKey(CANARY_LABEL);
  }
}
