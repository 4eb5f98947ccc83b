package dev.cofferdam.shim.front;

import java.util.Optional;

/** See {@link Ownership#none()}. */
enum NoOwnership implements Ownership {
  INSTANCE;

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public boolean ownsHandler(String handler) {
    return false;
  }

  @Override
  public Optional<String> sandboxId(String idOrPrefix) {
    return Optional.empty();
  }

  @Override
  public Optional<String> containerId(String idOrPrefix) {
    return Optional.empty();
  }
}
