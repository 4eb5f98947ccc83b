package dev.cofferdam.shim.live;

import java.util.Map;

/**
 * The pods in which a node's checks run. They go every pod's way, but lists leave them out unless
 * they are asked for by their label: kubelet takes a pod that no API server knows for an orphan,
 * and ends it.
 */
public final class CheckPods {
  /**
   * What their runtime handlers begin with; then {@code BACKEND/VARIANT}. No RuntimeClass can name
   * such a handler (a DNS label has neither colon nor slash), so no pod of the cluster can hide.
   */
  public static final String HANDLER_PREFIX = "cofferdam:check/";

  /** A label of these pods and their containers; its value is {@code true}. */
  public static final String LABEL = "cofferdam.dev/check";

  private CheckPods() {}

  /** Whether pods of this runtime handler are a check's. */
  public static boolean is(String runtimeHandler) {
    return runtimeHandler.startsWith(HANDLER_PREFIX);
  }

  /** Whether who lists by these labels is to see a pod of this handler. */
  static boolean listed(String runtimeHandler, Map<String, String> labelSelector) {
    return !is(runtimeHandler) || labelSelector.containsKey(LABEL);
  }
}
