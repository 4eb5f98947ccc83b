package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;

/**
 * A handler with the backend that was chosen for it.
 *
 * @param hostNetwork whether pods of this handler may share the node's network
 */
public record ResolvedHandler(
    String handler, Backend backend, String variant, boolean hostNetwork) {

  public Capabilities capabilities() {
    return backend.capabilities(variant);
  }
}
