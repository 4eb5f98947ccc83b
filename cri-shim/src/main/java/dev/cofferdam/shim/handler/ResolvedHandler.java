package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;

/** A handler with the backend that was chosen for it. */
public record ResolvedHandler(String handler, Backend backend, String variant) {

  public Capabilities capabilities() {
    return backend.capabilities(variant);
  }
}
